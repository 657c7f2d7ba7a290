/** The part of the contract about tunnels: what is changed in place, what is made anew, whose they are. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { compare } from '../../src/apply/converge.ts';
import { interfaceName } from '../../src/net/interface-name.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import { plan } from '../../src/plan/plan.ts';
import { hangsOn, resourceKey } from '../../src/plan/resource.ts';
import type { Resource } from '../../src/plan/resource.ts';
import { apply } from '../support/gateway.ts';
import type { Step } from '../support/gateway.ts';
import { interfacesOf } from '../support/site.ts';
import type { ContractMachine } from './machine.ts';
import { done, nothingLeft, sameAsFresh, scenariosOn } from './scenario.ts';
import type { OpenMachine } from './scenario.ts';
import { site, tunnelsOf } from './sites.ts';

export function tunnelsContract(open: OpenMachine): void {
  const scenario = scenariosOn(open);

  describe('a tunnel', () => {
    scenario(
      'is made anew when it cannot be changed, with all that hangs on it',
      async (machine) => {
        await done(apply(machine.dataplane, machine.store, site({ nat: 'on' })));
        const { done: changes } = await done(apply(machine.dataplane, machine.store, site()));
        const anew = changes
          .filter(({ action }) => action === 'add')
          .map((one) => one.resource.kind);
        for (const kind of [
          ...(['vxlan', 'forwarding-entry', 'address', 'neighbour', 'sysctl'] as const),
        ]) {
          assert.ok(anew.includes(kind), kind);
        }
        await nothingLeft(machine, site());
        await sameAsFresh(machine, site(), open);
      },
    );

    scenario('follows either end without being made anew', async (machine) => {
      const moved = site({ remote: '203.0.113.99', wanAddress: '192.0.2.3/29' });
      await done(apply(machine.dataplane, machine.store, moved));
      const { done: changes } = await done(apply(machine.dataplane, machine.store, site()));
      assert.deepEqual(
        changes
          .filter(({ resource }) => ['vxlan', 'forwarding-entry'].includes(resource.kind))
          .map(({ action, resource }) => `${action} ${resourceKey(resource)}`),
        ['change vxlan wt100', 'change forwarding-entry 02:57:02:00:00:64 wt100'],
      );
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
    });

    scenario('that an older version bound to its WAN is made anew', async (machine) => {
      const [tunnel] = tunnelsOf(site());
      await machine.addForeign({ ...tunnel!, lower: interfaceName('w1') });
      await done(apply(machine.dataplane, machine.store, site()));
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
    });

    scenario('gets back what was taken off it', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      const { resources } = plan(site(), await machine.dataplane.facts(interfacesOf(site())));
      const device = new Set(['wt100']);
      const hanging = resources.filter(
        (one) => hangsOn(one, device) && one.kind !== 'sysctl' && one.kind !== 'route',
      );
      assert.deepEqual(
        hanging.map(({ kind }) => kind),
        ['forwarding-entry', 'address', 'address', 'address', 'neighbour'],
      );
      for (const resource of hanging) {
        await machine.dataplane.execute({ action: 'remove', resource, reason: '' });
        const { done: changes } = await done(apply(machine.dataplane, machine.store, site()));
        assert.deepEqual(
          changes.map(({ action, resource: { kind } }) => `${action} ${kind}`),
          [`add ${resource.kind}`],
        );
      }
      const switchOff: Resource = {
        kind: 'sysctl',
        key: ['net', 'ipv6', 'conf', 'wt100', 'disable_ipv6'],
        value: '1',
      };
      await machine.addForeign(switchOff);
      await done(apply(machine.dataplane, machine.store, site()));
      // Not compared with a fresh machine: Linux may or may not make the anycast route of fe80::/64 again.
      await nothingLeft(machine, site());
    });

    scenario('sends by the interface that a WAN has got in place of another', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      await machine.removeInterface('w1');
      await machine.addInterface('w1');
      const { done: changes } = await done(apply(machine.dataplane, machine.store, site()));
      assert.ok(
        changes.some(
          ({ action, resource }) => action === 'change' && resource.kind === 'forwarding-entry',
        ),
      );
      assert.ok(changes.every(({ resource }) => resource.kind !== 'vxlan'));
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
    });
  });

  describe('a device with the name of a tunnel', () => {
    scenario('that is somebody else’s is a conflict', async (machine) => {
      const [tunnel] = tunnelsOf(site());
      await machine.addForeign({ ...tunnel!, alias: 'theirs', mac: '02:00:00:00:00:01' });
      const before = await machine.snapshot();
      const { comparison } = await conflicting(machine);
      assert.deepEqual(
        comparison.conflicts.map(({ resource }) => resourceKey(resource)),
        ['vxlan wt100'],
      );
      assert.equal(await machine.snapshot(), before);
    });

    scenario('of another kind is a conflict as well', async (machine) => {
      await machine.addInterface('wt101');
      const { comparison } = await conflicting(machine);
      assert.deepEqual(
        comparison.conflicts.map(({ resource }) => resourceKey(resource)),
        ['vxlan wt101'],
      );
    });

    scenario('that somebody has set down is made anew', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      await machine.setDown('wt100');
      await done(apply(machine.dataplane, machine.store, site()));
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
    });

    scenario('that a killed process of ours had not finished is made anew', async (machine) => {
      const [tunnel] = tunnelsOf(site());
      await machine.addForeign({ ...tunnel!, alias: '' });
      await done(apply(machine.dataplane, machine.store, site()));
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
    });
  });
}

/** What a plain apply would find, without carrying anything out. */
async function conflicting(machine: ContractMachine): Promise<Pick<Step, 'comparison'>> {
  const state = await machine.store.load();
  return { comparison: await compare(machine.dataplane, state, site(), NO_OVERRIDES) };
}
