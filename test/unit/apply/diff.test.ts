/** `Desired` × what is observed → changes: order, ownership, reasons. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { Observed } from '../../../src/apply/actual.ts';
import type { Change } from '../../../src/apply/change.ts';
import { compare } from '../../../src/apply/converge.ts';
import { diff } from '../../../src/apply/diff.ts';
import { NO_OVERRIDES } from '../../../src/plan/overrides.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { Desired } from '../../../src/plan/plan.ts';
import { resourceKey } from '../../../src/plan/resource.ts';
import type { Resource } from '../../../src/plan/resource.ts';
import { anyMachine, anySite } from '../../support/any-site.ts';
import { apply } from '../../support/gateway.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { branch, plainFacts } from '../../support/site.ts';

const NOTHING = new Map<never, never>();
const RUNS = { numRuns: 25 };

function desired(wans: number): Desired {
  const site = branch(wans);
  return plan(site, plainFacts(site));
}

function observed(resources: readonly Resource[], owned = true): readonly Observed[] {
  return resources.map((resource) => ({ resource, owned }));
}

function position(changes: readonly Change[], action: Change['action'], what: RegExp): number {
  return changes.findIndex((one) => one.action === action && what.test(resourceKey(one.resource)));
}

describe('the changes from one site to another', () => {
  test('add and change first and remove last, but for devices that are made anew', async () => {
    const steps = fc.asyncProperty(anySite, anySite, async (one, other) => {
      const [machine, store] = [anyMachine(), new MemoryStore()];
      await apply(machine, store, one);
      const { changes } = await compare(machine, store.state, other, NO_OVERRIDES);
      const anew = new Set(
        changes.flatMap(({ action, resource }) =>
          action === 'add' && resource.kind === 'vxlan' ? [String(resource.name)] : [],
        ),
      );
      const rest = changes.filter(({ resource }) => {
        const device = 'interface' in resource ? resource.interface : undefined;
        const name = resource.kind === 'vxlan' ? resource.name : device;
        return resource.kind !== 'sysctl' && (name === undefined || !anew.has(name));
      });
      const removes = (change: Change): boolean =>
        change.action === 'remove' || (change.action === 'change' && change.release);
      const firstRemoval = rest.findIndex(removes);
      if (firstRemoval >= 0) assert.ok(rest.slice(firstRemoval).every(removes));
    });
    await fc.assert(steps, RUNS);
  });

  test('remove nothing that is not owned', async () => {
    const steps = fc.asyncProperty(anySite, anySite, async (one, other) => {
      const [machine, store] = [anyMachine(), new MemoryStore()];
      const before = machine.snapshot().split('\n');
      await apply(machine, store, one);
      await apply(machine, store, other);
      const after = machine.snapshot().split('\n');
      const theirs = before.filter((line) =>
        /198\.51\.100\.4|2001:db8:4::4|"link-up".*w[34]/.test(line),
      );
      assert.ok(theirs.length > 0);
      for (const line of theirs) assert.ok(after.includes(line), line);
    });
    await fc.assert(steps, RUNS);
  });

  test('are none from a site to itself', () => {
    const wanted = desired(3);
    assert.deepEqual(diff(wanted, observed(wanted.resources), NOTHING).changes, []);
    assert.deepEqual(diff(wanted, observed(wanted.resources, false), NOTHING).changes, []);
  });

  test('are none from nothing to nothing', () => {
    assert.deepEqual(diff(undefined, [], NOTHING), { changes: [], conflicts: [] });
  });
});

describe('what another needs', () => {
  test('comes before it', () => {
    const { changes } = diff(desired(2), [], NOTHING);
    const order = [
      /^link-up w1/,
      /^address 192\.0\.2\.6 /,
      /^nftables/,
      /^vxlan wt100/,
      /^sysctl .*wt100.disable_ipv6/,
      /^forwarding-entry \S+ wt100/,
      /^address fe80::64:1 wt100/,
      /^sysctl .*wt100.forwarding/,
      /^engine/,
      /^rule .* 5020 /,
    ].map((what) => position(changes, 'add', what));
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
    assert.ok(order.every((index) => index >= 0));
  });

  test('goes after it', () => {
    const { changes } = diff(undefined, observed(desired(2).resources), NOTHING);
    const order = [
      /^rule .* 5020 /,
      /^engine/,
      /^address fe80::64:1 wt100/,
      /^vxlan wt100/,
      /^nftables/,
      /^route/,
      /^address 192\.0\.2\.6 /,
      /^link-up w1/,
    ].map((what) => position(changes, 'remove', what));
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
    assert.ok(order.every((index) => index >= 0));
  });

  test('goes after it, too, where it is given back: the LAN forwards until nobody advertises', () => {
    const site = branch(2, 'provision: on');
    const { resources } = plan(site, plainFacts(site));
    const ledger = new Map(
      resources.flatMap((resource) =>
        resource.kind === 'sysctl'
          ? [[resourceKey(resource), { resource, original: { ...resource, value: '0' } }] as const]
          : [],
      ),
    );
    const { changes } = diff(undefined, observed(resources), ledger);
    const ends = position(changes, 'remove', /^provisioner/);
    assert.ok(ends >= 0);
    assert.ok(ends < position(changes, 'change', /^sysctl .*lan1\.forwarding/));
    assert.ok(ends < position(changes, 'remove', /^nftables/));
  });
});

describe('a change says why', () => {
  const wanted = desired(1);

  test('something is new, or not running', () => {
    const { changes } = diff(wanted, [], NOTHING);
    for (const { resource, reason } of changes) {
      assert.equal(reason, resource.kind === 'engine' ? 'not running' : 'new');
    }
  });

  test('something differs; in what, is said by those who tell people', () => {
    const other = wanted.resources.map((resource) =>
      resource.kind === 'vxlan' ? { ...resource, mtu: 1300 } : resource,
    );
    const { changes } = diff(wanted, observed(other), NOTHING);
    assert.deepEqual(
      changes.map((change) => [change.action, change.reason]),
      [['change', 'differs']],
    );
  });
});

describe('what was taken', () => {
  const [taken] = desired(1).resources.filter((one) => one.kind === 'sysctl');
  const original = { ...taken!, value: '7' };

  test('is given back as it was', () => {
    const ledger = new Map([[resourceKey(taken!), { resource: taken!, original }]]);
    const { changes } = diff(undefined, observed([taken!]), ledger);
    assert.deepEqual(
      changes.map((one) => [one.action, one.resource, one.action === 'change' && one.release]),
      [['change', original, true]],
    );
  });

  test('is removed if there was nothing before', () => {
    const ledger = new Map([[resourceKey(taken!), { resource: taken! }]]);
    assert.equal(diff(undefined, observed([taken!]), ledger).changes[0]?.action, 'remove');
  });
});

describe('something of others in the way of a tunnel', () => {
  const wanted = desired(1);
  const tunnel = wanted.resources.find((one) => one.kind === 'vxlan')!;

  test('is a conflict and not a change', () => {
    const theirs = { ...tunnel, alias: 'theirs' } as Resource;
    const { changes, conflicts } = diff(wanted, observed([theirs], false), NOTHING);
    assert.deepEqual(
      conflicts.map((conflict) => conflict.resource),
      [theirs],
    );
    assert.ok(changes.every(({ resource }) => resource.kind !== 'vxlan'));
  });
});
