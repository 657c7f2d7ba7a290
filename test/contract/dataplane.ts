/**
 * What every data plane does, whatever it is made of: the suite that the fake one and the kernel's
 * pass alike.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { inverse } from '../../src/apply/change.ts';
import type { Change } from '../../src/apply/change.ts';
import { compare } from '../../src/apply/converge.ts';
import { needsLedger } from '../../src/apply/ledger.ts';
import { EMPTY_STATE } from '../../src/apply/state.ts';
import { address } from '../../src/net/address.ts';
import { interfaceName } from '../../src/net/interface-name.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import { plan } from '../../src/plan/plan.ts';
import { resourceKey } from '../../src/plan/resource.ts';
import type { Resource } from '../../src/plan/resource.ts';
import { IPV6_FORWARDING } from '../../src/plan/sysctls.ts';
import { apply, down } from '../support/gateway.ts';
import { interfaceAddress, interfacesOf } from '../support/site.ts';
import type { ContractMachine } from './machine.ts';
import { manyChangesContract } from './many-changes.ts';
import { programsContract } from './programs.ts';
import { done, nothingLeft, sameAsFresh, scenariosOn } from './scenario.ts';
import type { OpenMachine } from './scenario.ts';
import { entriesOf, managed, site, tunnelsOf } from './sites.ts';
import { tunnelsContract } from './tunnels.ts';

const FOREIGN: readonly Resource[] = [
  {
    kind: 'rule',
    family: 'ipv4',
    priority: 5020,
    from: '10.99.0.0/24',
    to: undefined,
    outgoing: undefined,
    incoming: undefined,
    mark: undefined,
    ipProtocol: undefined,
    table: 777,
    suppressPrefixLength: undefined,
  },
  {
    kind: 'route',
    type: 'unicast',
    family: 'ipv4',
    table: 5002,
    destination: '10.99.0.0/24',
    interface: interfaceName('other'),
    via: undefined,
  },
  {
    kind: 'address',
    interface: interfaceName('w1'),
    ...interfaceAddress('198.51.100.9/24'),
  },
  {
    kind: 'neighbour',
    interface: interfaceName('other'),
    address: address('10.99.0.7'),
    mac: '02:00:00:00:99:07',
  },
];

export function dataplaneContract(open: OpenMachine): void {
  const scenario = scenariosOn(open);

  describe('one change', () => {
    scenario('shows in the next read, and its inverse brings back what was', async (machine) => {
      const { dataplane, store } = machine;
      const wanted = site();
      const facts = await dataplane.facts(interfacesOf(wanted));
      const { resources } = plan(wanted, facts);
      const look = async (): Promise<ReadonlyMap<string, Resource>> => {
        const { ledger } = await store.load();
        const observed = await dataplane.read({ sites: [wanted], ledger, wanted: resources });
        return new Map(observed.map((one) => [resourceKey(one.resource), one.resource]));
      };
      const tried = new Set<Resource['kind']>();
      for (const resource of resources) {
        const key = resourceKey(resource);
        const before = (await look()).get(key);
        const change: Change =
          before === undefined
            ? { action: 'add', resource, reason: '' }
            : { action: 'change', before, resource, release: false, reason: '' };
        const snapshot = tried.has(resource.kind) ? '' : await machine.snapshot();
        await dataplane.execute(change);
        assert.deepEqual((await look()).get(key), resource, key);
        // A switch on a device of ours goes with the device, not by itself.
        if (resource.kind !== 'sysctl' || needsLedger(resource)) {
          if (tried.has(resource.kind)) continue;
          tried.add(resource.kind);
          await dataplane.execute(inverse(change));
          assert.equal(await machine.snapshot(), snapshot, key);
          await dataplane.execute(change);
        }
      }
    });

    scenario('that is refused says why and leaves the machine as it was', async (machine) => {
      const [tunnel] = tunnelsOf(site());
      const [entry] = entriesOf(site());
      const absent = interfaceName('absent');
      const before = await machine.snapshot();
      for (const resource of [{ ...tunnel!, lower: absent }, entry!]) {
        await assert.rejects(machine.dataplane.execute({ action: 'add', resource, reason: '' }), {
          name: 'WamptcpError',
        });
        assert.equal(await machine.snapshot(), before);
      }
      await machine.dataplane.execute({ action: 'add', resource: tunnel!, reason: '' });
      const made = await machine.snapshot();
      await assert.rejects(
        machine.dataplane.execute({
          action: 'add',
          resource: { ...entry!, lower: absent },
          reason: '',
        }),
        { name: 'WamptcpError' },
      );
      assert.equal(await machine.snapshot(), made);
    });
  });

  describe('an apply', () => {
    scenario('leaves nothing to change, and down nothing behind', async (machine) => {
      const before = await machine.snapshot();
      await done(apply(machine.dataplane, machine.store, site()));
      await nothingLeft(machine, site());
      await done(down(machine.dataplane, machine.store));
      assert.equal(await machine.snapshot(), before);
    });

    scenario('can be compared in a part, which then is all that is seen', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      const parts = new Set(['engine', 'nftables'] as const);
      const differently = { ...site(), detection: { interval: 200, multiplier: 4 } };
      const { changes } = await compare(
        machine.dataplane,
        await machine.store.load(),
        differently,
        NO_OVERRIDES,
        parts,
      );
      assert.deepEqual(
        changes.map(({ action, resource }) => [action, resource.kind]),
        [['change', 'engine']],
      );
    });

    scenario('touches nothing of others, not even in its own ranges', async (machine) => {
      for (const resource of FOREIGN) await machine.addForeign(resource);
      await machine.addForeignRuleset();
      const before = await machine.snapshot();
      await done(apply(machine.dataplane, machine.store, site()));
      const during = (await machine.snapshot()).split('\n');
      for (const line of foreignLines(before)) assert.ok(during.includes(line), line);
      await done(down(machine.dataplane, machine.store));
      assert.equal(await machine.snapshot(), before);
    });

    scenario('does not own what was there already as it wants it', async (machine) => {
      const here = { kind: 'address', interface: interfaceName('lan1') } as const;
      await machine.addForeign({ ...here, ...interfaceAddress('10.10.1.1/24') });
      await machine.addForeign({ kind: 'link-up', interface: interfaceName('w1') });
      const before = await machine.snapshot();
      await done(apply(machine.dataplane, machine.store, site()));
      await done(down(machine.dataplane, machine.store));
      assert.equal(await machine.snapshot(), before);
    });

    scenario('forwards IPv6 without making the interfaces of others routers', async (machine) => {
      const others = (value: string): Resource => ({
        kind: 'sysctl',
        key: ['net', 'ipv6', 'conf', 'other', 'forwarding'],
        value,
      });
      for (const value of ['1', '0']) {
        await machine.addForeign(others(value));
        const before = await machine.snapshot();
        const { desired } = (await done(apply(machine.dataplane, machine.store, site())))
          .comparison;
        const machineWide = desired?.resources.find(
          ({ kind, ...rest }) =>
            kind === 'sysctl' && 'key' in rest && rest.key.join() === IPV6_FORWARDING.join(),
        );
        assert.ok(machineWide);
        assert.ok(await holds(machine, machineWide));
        assert.ok(await holds(machine, others(value)));
        await done(down(machine.dataplane, machine.store));
        assert.equal(await machine.snapshot(), before);
      }
    });

    scenario('takes the address and the router that a WAN has from others', async (machine) => {
      const line = interfaceName('w1');
      const route = {
        kind: 'route',
        family: 'ipv4',
        table: 254,
        type: 'unicast',
        destination: 'default',
      } as const;
      await machine.addForeign({ kind: 'link-up', interface: line });
      // As on many rented machines: a network of one address, and a router outside of it.
      const own = interfaceAddress('198.51.100.77/32');
      await machine.addForeign({ kind: 'address', interface: line, ...own });
      await machine.addForeign({ ...route, interface: line, via: address('172.31.1.1') });
      const before = await machine.snapshot();
      const { comparison } = await done(apply(machine.dataplane, machine.store, managed()));
      const { resources } = comparison.desired!;
      assert.deepEqual(
        resources.flatMap((one) => (one.kind === 'vxlan' ? [one.local] : [])),
        ['198.51.100.77'],
      );
      assert.deepEqual(
        resources.flatMap((one) => (one.kind === 'route' ? [one.via ?? one.destination] : [])),
        ['198.51.100.77/32', '172.31.1.1'],
      );
      await nothingLeft(machine, managed());
      await done(down(machine.dataplane, machine.store));
      assert.equal(await machine.snapshot(), before);
    });

    scenario('moves the address of a network without losing any other in it', async (machine) => {
      const second = { kind: 'address', interface: interfaceName('lan1') } as const;
      await done(apply(machine.dataplane, machine.store, site()));
      await machine.addForeign({ ...second, ...interfaceAddress('10.10.1.77/24') });
      const moved = site({ lanGateway: '10.10.1.9', wanAddress: '192.0.2.3/29' });
      await done(apply(machine.dataplane, machine.store, moved));
      await nothingLeft(machine, moved);
      assert.ok(await holds(machine, { ...second, ...interfaceAddress('10.10.1.77/24') }));
      assert.ok(await holds(machine, { ...second, ...interfaceAddress('10.10.1.9/24') }));
    });

    scenario('can change how long the prefix of an address is', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      const longer = site({ lanAddress: '2001:db8:10:9::1/80', wanAddress: '192.0.2.2/28' });
      await done(apply(machine.dataplane, machine.store, longer));
      await nothingLeft(machine, longer);
      await sameAsFresh(machine, longer, open);
    });

    scenario('takes an address that was broadcast in its old network', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site({ wanAddress: '192.0.2.2/30' })));
      const moved = site({ wanAddress: '192.0.2.3/29' });
      await done(apply(machine.dataplane, machine.store, moved));
      await nothingLeft(machine, moved);
      await sameAsFresh(machine, moved, open);
    });

    scenario(
      'takes away a rule for every protocol, not the one for TCP beside it',
      async (machine) => {
        // The kernel deletes the first rule that has what the command names.
        const { resources } = plan(site(), await machine.dataplane.facts(interfacesOf(site())));
        for (const resource of resources) {
          if (resource.kind !== 'rule' || resource.ipProtocol === undefined) continue;
          const wider = { ...resource, ipProtocol: undefined };
          await machine.dataplane.execute({ action: 'add', resource: wider, reason: '' });
        }
        await done(apply(machine.dataplane, machine.store, site()));
        await nothingLeft(machine, site());
        await sameAsFresh(machine, site(), open);
      },
    );

    scenario('takes away what a smaller site no longer wants', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      await done(apply(machine.dataplane, machine.store, site({ wans: 1 })));
      await nothingLeft(machine, site({ wans: 1 }));
      await sameAsFresh(machine, site({ wans: 1 }), open);
    });

    scenario('brings back what went with an interface that vanished', async (machine) => {
      await done(apply(machine.dataplane, machine.store, site()));
      await machine.removeInterface('w1');
      const without = await done(apply(machine.dataplane, machine.store, site()));
      assert.deepEqual(
        without.comparison.desired?.waiting.map((one) => one.what),
        ['WAN one', 'path one-hub'],
      );
      await machine.addInterface('w1');
      await done(apply(machine.dataplane, machine.store, site()));
      await nothingLeft(machine, site());
      await sameAsFresh(machine, site(), open);
    });

    scenario('undoes everything when a change in the middle is refused', async (machine) => {
      const [, second] = tunnelsOf(site());
      // The kernel allows a VNI once per port, whatever the device is called.
      await machine.addForeign({ ...second!, name: interfaceName('theirs'), alias: 'theirs' });
      const before = await machine.snapshot();
      const { failure, done: changes } = await apply(machine.dataplane, machine.store, site());
      assert.equal(failure?.change.resource.kind, 'vxlan');
      assert.deepEqual(failure.notUndone, []);
      assert.ok(changes.length > 5);
      assert.equal(await machine.snapshot(), before);
      assert.deepEqual((await machine.store.load()).ledger, EMPTY_STATE.ledger);
    });
  });

  manyChangesContract(open);
  tunnelsContract(open);
  programsContract(open);
}

async function holds(machine: ContractMachine, resource: Resource): Promise<boolean> {
  const { ledger } = await machine.store.load();
  const observed = await machine.dataplane.read({ sites: [], ledger, wanted: [resource] });
  return observed.some((one) => JSON.stringify(one.resource) === JSON.stringify(resource));
}

/** The lines of a snapshot that speak of FOREIGN. */
function foreignLines(snapshot: string): readonly string[] {
  return snapshot
    .split('\n')
    .filter((line) => /10\.99\.0|198\.51\.100\.9\b|02:00:00:00:99:07|theirs/.test(line));
}
