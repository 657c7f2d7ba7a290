/** The part of the contract about whoever hands out the addresses of the hosts. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import type { Change } from '../../src/apply/change.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { interfaceName } from '../../src/net/interface-name.ts';
import { planProvisioning } from '../../src/plan/provisioning.ts';
import type { Provisioner, Resource } from '../../src/plan/resource.ts';
import { apply, down } from '../support/gateway.ts';
import type { Step } from '../support/gateway.ts';
import type { ContractMachine } from './machine.ts';
import { done, nothingLeft, sameAsFresh, scenariosOn } from './scenario.ts';
import type { OpenMachine } from './scenario.ts';
import { site, tunnelsOf } from './sites.ts';

const OFF = site({ provision: 'off' });
const SHORT = site({ provision: '{ lease: 5m, ipv6: both, domain: branch.example.com }' });

export function provisionerContract(open: OpenMachine): void {
  const scenario = scenariosOn(open);

  describe('the provisioner', () => {
    scenario('comes, changes and goes with what the site says of it', async (machine) => {
      await done(apply(machine.dataplane, machine.store, OFF));
      const without = await machine.snapshot();
      assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, site())), [
        'change nftables',
        'add provisioner',
      ]);
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
      assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, SHORT)), [
        'change provisioner',
      ]);
      await nothingLeft(machine, SHORT);
      await sameAsFresh(machine, SHORT, open);
      assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, OFF)), [
        'change nftables',
        'remove provisioner',
      ]);
      assert.equal(await machine.snapshot(), without);
    });

    scenario('has the configuration that is read, to the letter', async (machine) => {
      await done(apply(machine.dataplane, machine.store, SHORT));
      assert.deepEqual(await provisionerOf(machine), planOf(SHORT));
    });

    scenario('that has ended is started again', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      const before = await machine.snapshot();
      await machine.endProvisioner();
      assert.equal(await provisionerOf(machine), undefined);
      assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, site())), [
        'add provisioner',
      ]);
      assert.equal(await machine.snapshot(), before);
    });

    for (const [what, broken] of [
      ['cannot be read', 'no-such-word\n'],
      ['can be read but not carried out', `${planOf(SHORT).config}user=nobody-of-that-name\n`],
    ] as const) {
      const resource: Provisioner = { kind: 'provisioner', config: broken };

      scenario(`keeps what it has when another configuration ${what}`, async (machine) => {
        await done(apply(machine.dataplane, machine.store, site()));
        const before = await machine.snapshot();
        await refused(machine, {
          action: 'change',
          before: planOf(site()),
          resource,
          release: false,
          reason: '',
        });
        assert.equal(await machine.snapshot(), before);
        await nothingLeft(machine, site());
      });

      scenario(`is not there when its first configuration ${what}`, async (machine) => {
        const before = await machine.snapshot();
        await refused(machine, { action: 'add', resource, reason: '' });
        assert.equal(await machine.snapshot(), before);
        await done(apply(machine.dataplane, machine.store, site()));
        await nothingLeft(machine, site());
      });
    }

    scenario('goes back to what it had when a later change is refused', async (machine) => {
      const small = site({ wans: 1 });
      await done(apply(machine.dataplane, machine.store, small));
      const [, second] = tunnelsOf(SHORT);
      // The kernel allows a VNI once per port, whatever the device is called.
      await machine.addForeign({ ...second!, name: interfaceName('theirs'), alias: 'theirs' });
      const before = await machine.snapshot();
      const { failure, done: changes } = await apply(machine.dataplane, machine.store, SHORT);
      assert.equal(failure?.change.resource.kind, 'vxlan');
      assert.deepEqual(failure.notUndone, []);
      assert.ok(changes.some(({ resource }) => resource.kind === 'provisioner'));
      assert.equal(await machine.snapshot(), before);
    });

    scenario('is gone after down', async (machine) => {
      const before = await machine.snapshot();
      await done(apply(machine.dataplane, machine.store, SHORT));
      await done(down(machine.dataplane, machine.store));
      assert.equal(await provisionerOf(machine), undefined);
      assert.equal(await machine.snapshot(), before);
    });
  });
}

function planOf(wanted: SiteConfig): Provisioner {
  const planned = planProvisioning(wanted);
  assert.ok(planned);
  return planned;
}

async function provisionerOf(machine: ContractMachine): Promise<Resource | undefined> {
  const { ledger } = await machine.store.load();
  const kinds = new Set(['provisioner'] as const);
  const [one] = await machine.dataplane.read({ sites: [], ledger, wanted: [], kinds });
  return one?.resource;
}

async function kindsOf(step: Promise<Step>): Promise<readonly string[]> {
  const { done: changes } = await done(step);
  return changes.map(({ action, resource }) => `${action} ${resource.kind}`);
}

async function refused(machine: ContractMachine, change: Change): Promise<void> {
  await assert.rejects(machine.dataplane.execute(change), { name: 'WamptcpError' });
}
