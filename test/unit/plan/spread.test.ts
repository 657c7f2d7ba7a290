/** How flows are spread: by capacity, and moved only where their path is down. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { planPaths } from '../../../src/plan/path.ts';
import { SPREAD_BUCKETS } from '../../../src/plan/ids.ts';
import { bucketOrders, planSpread } from '../../../src/plan/spread.ts';
import { anySite } from '../../support/any-site.ts';
import { branch } from '../../support/site.ts';

const capacities = fc.array(fc.constantFrom(10, 20, 50, 100, 500, 1000), {
  minLength: 1,
  maxLength: 8,
});

/** The first path of each bucket that is not down. */
function placed(
  orders: readonly (readonly number[])[],
  down: ReadonlySet<number>,
): readonly (number | undefined)[] {
  return orders.map((order) => order.find((path) => !down.has(path)));
}

/** Of so many buckets, those of one path, by capacity. */
function fairShare(
  buckets: number,
  capacities: readonly number[],
  path: number,
  down: ReadonlySet<number> = new Set(),
): number {
  const left = capacities.filter((_, index) => !down.has(index));
  return (buckets * capacities[path]!) / left.reduce((one, other) => one + other, 0);
}

describe('the orders of the buckets', () => {
  test('name every path once', () => {
    fc.assert(
      fc.property(capacities, (all) => {
        for (const order of bucketOrders(all)) {
          assert.deepEqual(order.toSorted(), [...all.keys()].toSorted());
        }
      }),
    );
  });

  test('give each path the buckets that its capacity is worth, but for a part of one', () => {
    fc.assert(
      fc.property(capacities, (all) => {
        const homes = placed(bucketOrders(all), new Set());
        for (const path of all.keys()) {
          const count = homes.filter((home) => home === path).length;
          assert.ok(Math.abs(count - fairShare(SPREAD_BUCKETS, all, path)) < 1);
        }
      }),
    );
  });

  test('give the buckets of a path that is down to the others by capacity, and move no other', () => {
    fc.assert(
      fc.property(capacities, fc.nat(7), (all, nth) => {
        fc.pre(all.length > 1);
        const dead = nth % all.length;
        const orders = bucketOrders(all);
        const homes = placed(orders, new Set());
        const now = placed(orders, new Set([dead]));
        const moved = now.filter((_, bucket) => homes[bucket] === dead);
        for (const [bucket, path] of now.entries()) {
          if (homes[bucket] !== dead) assert.equal(path, homes[bucket]);
        }
        for (const path of [...all.keys()].filter((each) => each !== dead)) {
          const count = moved.filter((each) => each === path).length;
          assert.ok(Math.abs(count - fairShare(moved.length, all, path, new Set([dead]))) < 1);
        }
      }),
    );
  });
});

describe('buckets', () => {
  test('share a table where they take the same paths', () => {
    const site = branch(3, 'recovery: { spread: on }');
    const groups = planSpread(site, planPaths(site));
    // Three paths, and two detours for each.
    assert.equal(groups.length, 6);
    assert.deepEqual(
      groups.map(({ table }) => table),
      [5130, 5131, 5132, 5133, 5134, 5135],
    );
  });

  test('are each in one group', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const groups = planSpread(site, planPaths(site));
        const all = groups.flatMap(({ buckets }) => buckets).toSorted((a, b) => a - b);
        if (groups.length > 0) assert.deepEqual(all, [...Array(SPREAD_BUCKETS).keys()]);
      }),
      { numRuns: 50 },
    );
  });

  test('are none where nothing is spread', () => {
    assert.deepEqual(planSpread(branch(3), planPaths(branch(3))), []);
  });
});
