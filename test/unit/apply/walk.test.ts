/**
 * Any site after any other, on a machine in memory: what counts is the last one.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { State } from '../../../src/apply/state.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import type { FakeDataplane } from '../../../src/dataplane/fake/fake.ts';
import { anyMachine, anySite } from '../../support/any-site.ts';
import { apply, down } from '../../support/gateway.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const RUNS = { numRuns: 25 };

interface World {
  readonly machine: FakeDataplane;
  readonly store: MemoryStore;
}

async function worldWith(...sites: readonly SiteConfig[]): Promise<World> {
  const world = { machine: anyMachine(), store: new MemoryStore() };
  for (const site of sites) await applied(world, site);
  return world;
}

async function applied({ machine, store }: World, site: SiteConfig): Promise<void> {
  const { failure, comparison } = await apply(machine, store, site);
  assert.deepEqual(comparison.conflicts, []);
  assert.equal(failure, undefined, String(failure?.error));
}

/** Machine and ledger as text: equal text is an equal world. */
function textOf({ machine, store }: World): string {
  return `${machine.snapshot()}\n--- ledger\n${ledgerText(store.state)}`;
}

function ledgerText(state: State): string {
  return [...state.ledger]
    .map((entry) => JSON.stringify(entry))
    .toSorted()
    .join('\n');
}

describe('a walk over sites', () => {
  test('ends in exactly the state that a fresh apply gives', async () => {
    const walks = fc.asyncProperty(
      fc.array(anySite, { minLength: 2, maxLength: 6 }),
      async (sites) => {
        const walked = await worldWith(...sites);
        assert.equal(textOf(walked), textOf(await worldWith(sites.at(-1)!)));
      },
    );
    await fc.assert(walks, RUNS);
  });

  test('leaves, after down, exactly the machine that it found', async () => {
    const walks = fc.asyncProperty(
      fc.array(anySite, { minLength: 1, maxLength: 4 }),
      async (sites) => {
        const world = await worldWith(...sites);
        assert.equal((await down(world.machine, world.store)).failure, undefined);
        assert.equal(textOf(world), textOf(await worldWith()));
      },
    );
    await fc.assert(walks, RUNS);
  });

  test('has nothing left to change after each apply', async () => {
    const steps = fc.asyncProperty(anySite, anySite, async (one, other) => {
      const world = await worldWith(one, other);
      const again = await apply(world.machine, world.store, other);
      assert.deepEqual(again.comparison.changes, []);
    });
    await fc.assert(steps, RUNS);
  });
});

describe('an apply that fails', () => {
  test('leaves machine and ledger as they were, whichever change fails', async () => {
    const failures = fc.asyncProperty(anySite, anySite, async (one, other) => {
      const changes = (await worldAndStep(one, other)).done.length;
      for (let index = 0; index < changes; index++) {
        const world = await worldWith(one);
        const before = textOf(world);
        failAt(world.machine, index);
        const step = await apply(world.machine, world.store, other);
        assert.equal(step.done.length, index);
        assert.deepEqual(step.failure?.notUndone, []);
        assert.equal(textOf(world), before, `change ${index} failed`);
      }
    });
    await fc.assert(failures, { numRuns: 4 });
  });

  test('leaves a failed down as if it had not begun', async () => {
    const failures = fc.asyncProperty(anySite, async (site) => {
      const changes = (await downOf(await worldWith(site))).done.length;
      for (let index = 0; index < changes; index++) {
        const world = await worldWith(site);
        const before = textOf(world);
        failAt(world.machine, index);
        assert.notEqual((await downOf(world)).failure, undefined);
        assert.equal(textOf(world), before, `change ${index} failed`);
      }
    });
    await fc.assert(failures, { numRuns: 4 });
  });

  test('tells what could not be undone, and undoes the rest', async () => {
    const world = await worldWith();
    const [site] = fc.sample(anySite, { numRuns: 1, seed: 1 });
    let count = 0;
    world.machine.beforeEach = (change) => {
      count += 1;
      if (count === 6) throw new Error('the sixth fails');
      if (change.action === 'remove' && change.resource.kind === 'rule') throw new Error('stuck');
      if (change.action === 'change' && count > 6) throw new Error('stuck');
    };
    const { failure, done } = await apply(world.machine, world.store, site!);
    const stuck = done.filter(
      ({ action, resource }) => action === 'change' || resource.kind === 'rule',
    );
    assert.equal(failure?.notUndone.length, stuck.length);
    assert.ok(failure.notUndone.every(({ error }) => String(error) === 'Error: stuck'));
  });
});

describe('a process that is killed between two steps', () => {
  for (const moment of ['beforeEach', 'afterEach'] as const) {
    test(`is made good by the next apply, killed ${moment === 'beforeEach' ? 'before' : 'after'} any change`, async () => {
      const kills = fc.asyncProperty(anySite, anySite, anySite, async (one, other, next) => {
        const expected = textOf(await worldWith(next));
        await forEachKill(one, other, moment, async (world) => {
          await applied(world, next);
          assert.equal(textOf(world), expected);
        });
      });
      await fc.assert(kills, { numRuns: 2 });
    });

    test(`leaves nothing after down, killed ${moment === 'beforeEach' ? 'before' : 'after'} any change`, async () => {
      const untouched = textOf(await worldWith());
      const kills = fc.asyncProperty(anySite, anySite, async (one, other) => {
        await forEachKill(one, other, moment, async (world) => {
          assert.equal((await downOf(world)).failure, undefined);
          assert.equal(textOf(world), untouched);
        });
      });
      await fc.assert(kills, { numRuns: 2 });
    });
  }
});

type Step = Awaited<ReturnType<typeof apply>>;

function downOf(world: World): Promise<Step> {
  return down(world.machine, world.store);
}

async function worldAndStep(one: SiteConfig, other: SiteConfig): Promise<Step> {
  const world = await worldWith(one);
  return await apply(world.machine, world.store, other);
}

/** The change with this index fails, once. */
function failAt(machine: FakeDataplane, index: number): void {
  let count = 0;
  machine.beforeEach = () => {
    count += 1;
    if (count === index + 1) throw new Error('it fails');
  };
}

/** Applies `one`, then `other`, and dies at each of its changes in turn; `reborn` goes on from there. */
async function forEachKill(
  one: SiteConfig,
  other: SiteConfig,
  moment: 'beforeEach' | 'afterEach',
  reborn: (world: World) => Promise<void>,
): Promise<void> {
  const changes = (await worldAndStep(one, other)).done.length;
  for (let index = 0; index < changes; index++) {
    const world = await worldWith(one);
    const { machine, store } = world;
    let count = 0;
    machine[moment] = () => {
      count += 1;
      if (count <= index) return;
      // The dead neither change nor write anything.
      store.frozen = true;
      machine.beforeEach = () => {
        throw new Error('killed');
      };
      throw new Error('killed');
    };
    await apply(machine, store, other);
    store.frozen = false;
    machine.beforeEach = machine.afterEach = () => undefined;
    await reborn(world);
  }
}
