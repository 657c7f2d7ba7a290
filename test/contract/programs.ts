/**
 * The part of the contract about programs that outlive us: whoever hands out the addresses of hosts,
 * and the MPTCP proxy.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import type { Change } from '../../src/apply/change.ts';
import { compare, execute } from '../../src/apply/converge.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { interfaceName } from '../../src/net/interface-name.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import { plan } from '../../src/plan/plan.ts';
import type { ProxyEngine, Provisioner, Resource } from '../../src/plan/resource.ts';
import { apply, down } from '../support/gateway.ts';
import type { Step } from '../support/gateway.ts';
import { plainFacts } from '../support/site.ts';
import type { ContractMachine } from './machine.ts';
import { done, nothingLeft, sameAsFresh, scenariosOn } from './scenario.ts';
import type { OpenMachine } from './scenario.ts';
import { site, tunnelsOf } from './sites.ts';

interface Program {
  readonly kind: (Provisioner | ProxyEngine)['kind'];
  readonly off: SiteConfig;
  readonly on: SiteConfig;
  readonly changed: SiteConfig;
  /** Changes of an apply that turns it on, changes it, turns it off. */
  readonly steps: readonly [readonly string[], readonly string[], readonly string[]];
  /** A line that cannot be carried out, though it can be read. */
  readonly impossible: string;
}

const PROVISIONER: Program = {
  kind: 'provisioner',
  off: site({ provision: 'off' }),
  on: site(),
  changed: site({ provision: '{ lease: 5m, ipv6: both, domain: branch.example.com }' }),
  steps: [
    ['change nftables', 'add provisioner'],
    ['change provisioner'],
    ['change nftables', 'remove provisioner'],
  ],
  impossible: 'user=nobody-of-that-name\n',
};

const PROXY: Program = {
  kind: 'proxy',
  off: site(),
  on: site({ proxy: 'on' }),
  changed: site({ proxy: '{ connections: 77 }' }),
  steps: [
    [
      'change nftables',
      ...Array.from({ length: 10 }, () => 'change sysctl'),
      'change mptcp-limits',
      'add mptcp-endpoints',
      ...['add route', 'add rule', 'add route', 'add rule', 'add proxy'],
    ],
    ['change proxy'],
    [
      'change nftables',
      ...['remove rule', 'remove rule', 'remove proxy'],
      'remove mptcp-endpoints',
      'change mptcp-limits',
      ...Array.from({ length: 10 }, () => 'change sysctl'),
      ...['remove route', 'remove route'],
    ],
  ],
  // An address that this machine does not have.
  impossible: 'frontend nowhere\n  mode tcp\n  bind 192.0.2.99:6666\n',
};

export function programsContract(open: OpenMachine): void {
  describe('the provisioner', () => {
    programContract(open, PROVISIONER);
  });
  describe('the proxy', () => {
    programContract(open, PROXY);
  });
}

function programContract(open: OpenMachine, program: Program): void {
  const { kind, off, on, changed, steps, impossible } = program;
  const scenario = scenariosOn(open);

  scenario('comes, changes and goes with what the site says of it', async (machine) => {
    await done(apply(machine.dataplane, machine.store, off));
    const without = await machine.snapshot();
    assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, on)), steps[0]);
    await nothingLeft(machine, on);
    await sameAsFresh(machine, on, open);
    assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, changed)), steps[1]);
    await nothingLeft(machine, changed);
    await sameAsFresh(machine, changed, open);
    assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, off)), steps[2]);
    assert.equal(await machine.snapshot(), without);
  });

  scenario('has the configuration that is read, to the letter', async (machine) => {
    await done(apply(machine.dataplane, machine.store, changed));
    assert.deepEqual(await running(machine, kind), planned(changed, kind));
  });

  scenario('that has ended is started again', async (machine) => {
    await done(apply(machine.dataplane, machine.store, on));
    const before = await machine.snapshot();
    await machine.endProgram(kind);
    assert.equal(await running(machine, kind), undefined);
    assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, on)), [`add ${kind}`]);
    assert.equal(await machine.snapshot(), before);
  });

  for (const [what, config] of [
    ['cannot be read', 'no-such-word\n'],
    ['can be read but not carried out', `${planned(changed, kind).config}${impossible}`],
  ] as const) {
    const resource = { kind, config };

    scenario(`keeps what it has when another configuration ${what}`, async (machine) => {
      await done(apply(machine.dataplane, machine.store, on));
      const before = await machine.snapshot();
      await refused(machine, {
        action: 'change',
        before: planned(on, kind),
        resource,
        release: false,
        reason: '',
      });
      assert.equal(await machine.snapshot(), before);
      await nothingLeft(machine, on);
    });

    scenario(`is not there when its first configuration ${what}`, async (machine) => {
      const before = await machine.snapshot();
      await refused(machine, { action: 'add', resource, reason: '' });
      assert.equal(await machine.snapshot(), before);
      await done(apply(machine.dataplane, machine.store, on));
      await nothingLeft(machine, on);
    });
  }

  scenario(
    'that cannot be started keeps nothing else back, where it may be missing',
    async (machine) => {
      await done(apply(machine.dataplane, machine.store, off));
      const { changes, ledger } = await compare(
        machine.dataplane,
        await machine.store.load(),
        on,
        NO_OVERRIDES,
      );
      await machine.store.save({ ...(await machine.store.load()), ledger });
      const spoilt = changes.map((change): Change =>
        change.resource.kind === kind && change.action === 'add'
          ? { ...change, resource: { kind, config: 'no-such-word\n' } }
          : change,
      );
      const passOver = ({ resource }: Change): boolean => resource.kind === kind;
      const outcome = await execute(machine.dataplane, machine.store, spoilt, { passOver });
      assert.equal(outcome.failure, undefined);
      assert.deepEqual(
        outcome.passedOver.map(({ change }) => change.resource.kind),
        [kind],
      );
      assert.equal(outcome.done.length, changes.length - 1);
      assert.deepEqual(await kindsOf(apply(machine.dataplane, machine.store, on)), [`add ${kind}`]);
    },
  );

  scenario('goes back to what it had when a later change is refused', async (machine) => {
    const first = kind === 'proxy' ? site({ wans: 1, proxy: 'on' }) : site({ wans: 1 });
    await done(apply(machine.dataplane, machine.store, first));
    const [, second] = tunnelsOf(changed);
    // The kernel allows a VNI once per port, whatever the device is called.
    await machine.addForeign({ ...second!, name: interfaceName('theirs'), alias: 'theirs' });
    const before = await machine.snapshot();
    const { failure } = await apply(machine.dataplane, machine.store, changed);
    assert.equal(failure?.change.resource.kind, 'vxlan');
    assert.deepEqual(failure.notUndone, []);
    assert.equal(await machine.snapshot(), before);
  });

  scenario('is gone after down', async (machine) => {
    const before = await machine.snapshot();
    await done(apply(machine.dataplane, machine.store, changed));
    await done(down(machine.dataplane, machine.store));
    assert.equal(await running(machine, kind), undefined);
    assert.equal(await machine.snapshot(), before);
  });
}

function planned(wanted: SiteConfig, kind: Program['kind']): Provisioner | ProxyEngine {
  const found = plan(wanted, plainFacts(wanted)).resources.find((one) => one.kind === kind);
  assert.ok(found?.kind === 'provisioner' || found?.kind === 'proxy');
  return found;
}

async function running(
  machine: ContractMachine,
  kind: Program['kind'],
): Promise<Resource | undefined> {
  const { ledger } = await machine.store.load();
  const [one] = await machine.dataplane.read({
    sites: [],
    ledger,
    wanted: [],
    kinds: new Set([kind]),
  });
  return one?.resource;
}

async function kindsOf(step: Promise<Step>): Promise<readonly string[]> {
  const { done: changes } = await done(step);
  return changes.map(({ action, resource }) => `${action} ${resource.kind}`);
}

async function refused(machine: ContractMachine, change: Change): Promise<void> {
  await assert.rejects(machine.dataplane.execute(change), { name: 'WamptcpError' });
}
