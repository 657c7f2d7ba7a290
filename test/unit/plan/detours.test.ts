/**
 * The order of detours: one list per path, made for failures of several paths at a time.
 *
 * Usage is load by capacity, of the path that is used most; the optimum is the least usage that any
 * placement of the failed paths gives, with this failure known beforehand.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { detourOrders, loadsWhileDown } from '../../../src/plan/detours.ts';

type Orders = readonly (readonly number[])[];

/** Lines as they are bought, nearly equal ones, and anything. */
const capacity = fc.oneof(
  fc.constantFrom(10, 20, 50, 100, 200, 500, 1000),
  fc.integer({ min: 100, max: 160 }),
  fc.integer({ min: 1, max: 1000 }),
);
const capacitiesOf = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(capacity, { minLength: least, maxLength: most });
/** The bounds are measured, not proved: the same cases in every run. */
const MEASURED = { seed: 1, numRuns: 400 };

describe('the order of detours', () => {
  test('names every other path exactly once', () => {
    fc.assert(
      fc.property(capacitiesOf(1, 8), (capacities) => {
        for (const [path, order] of detourOrders(capacities).entries()) {
          const others = [...capacities.keys()].filter((other) => other !== path);
          assert.deepEqual(order.toSorted(), others.toSorted());
        }
      }),
    );
  });

  test('of two paths is the other one', () => {
    assert.deepEqual(detourOrders([100, 20]), [[1], [0]]);
  });

  test('of one path is empty', () => {
    assert.deepEqual(detourOrders([100]), [[]]);
  });

  test('gives equal paths a different first detour each', () => {
    for (const count of [2, 3, 4, 5, 8]) {
      const firsts = detourOrders(Array<number>(count).fill(100)).map((order) => order[0]);
      assert.equal(new Set(firsts).size, count);
    }
  });

  test('sends two failed paths of four equal ones to different paths', () => {
    const capacities = [100, 100, 100, 100];
    for (const failed of failures(4).filter((set) => set.length === 2)) {
      assert.equal(usage(capacities, detourOrders(capacities), failed), 2);
    }
  });

  test('does not depend on the unit of capacity', () => {
    fc.assert(
      fc.property(capacitiesOf(2, 5), (capacities) => {
        const inBits = capacities.map((each) => each * 1e6);
        assert.deepEqual(detourOrders(inBits), detourOrders(capacities));
      }),
    );
  });

  test('costs at most a tenth more than the best placement when one path fails', () => {
    fc.assert(
      fc.property(capacitiesOf(2, 5), (capacities) => {
        const orders = detourOrders(capacities);
        for (const path of capacities.keys()) {
          assert.ok(usage(capacities, orders, [path]) <= 1.1 * optimum(capacities, [path]) + 1e-9);
        }
      }),
      MEASURED,
    );
  });

  test('costs at most 1.6 times the best placement whichever of up to five paths fail', () => {
    fc.assert(
      fc.property(capacitiesOf(2, 5), (capacities) => {
        const orders = detourOrders(capacities);
        for (const failed of failures(capacities.length)) {
          assert.ok(usage(capacities, orders, failed) <= 1.6 * optimum(capacities, failed));
        }
      }),
      MEASURED,
    );
  });

  test('is, in the worst failure, at most a quarter worse than the best orders there are', () => {
    fc.assert(
      fc.property(capacitiesOf(2, 4), (capacities) => {
        const worst = worstShare(capacities, detourOrders(capacities));
        const best = Math.min(
          ...allOrders(capacities.length).map((orders) => worstShare(capacities, orders, worst)),
        );
        assert.ok(worst <= 1.25 * best, `${worst} of ${best}`);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('is on average, over all failures, no more than 2 % worse than plain rotation', () => {
    fc.assert(
      fc.property(capacitiesOf(2, 5), (capacities) => {
        const count = capacities.length;
        const rotation = [...capacities.keys()].map((path) =>
          Array.from({ length: count - 1 }, (_, step) => (path + step + 1) % count),
        );
        const mean = (orders: Orders): number =>
          sum(shares(capacities, orders)) / failures(count).length;
        assert.ok(mean(detourOrders(capacities)) <= 1.02 * mean(rotation));
      }),
      MEASURED,
    );
  });
});

/** Every set of failed paths that leaves one. */
function failures(count: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** count - 2 }, (_, index) =>
    Array.from({ length: count }, (_, path) => path).filter((path) => ((index + 1) >> path) & 1),
  );
}

function usage(capacities: readonly number[], orders: Orders, failed: readonly number[]): number {
  const down = new Set(failed);
  const loads = loadsWhileDown(capacities, orders, down);
  return Math.max(...loads.map((load, path) => (down.has(path) ? 0 : load / capacities[path]!)));
}

function optimum(capacities: readonly number[], failed: readonly number[]): number {
  const up = [...capacities.keys()].filter((path) => !failed.includes(path));
  const place = (rest: readonly number[], loads: readonly number[]): number => {
    const [first, ...others] = rest;
    if (first === undefined) return Math.max(...up.map((path) => loads[path]! / capacities[path]!));
    return Math.min(
      ...up.map((path) => place(others, loads.with(path, loads[path]! + capacities[first]!))),
    );
  };
  return place(failed, capacities);
}

/** Usage by optimum, per failure. */
function shares(capacities: readonly number[], orders: Orders): readonly number[] {
  return failures(capacities.length).map(
    (failed) => usage(capacities, orders, failed) / optimum(capacities, failed),
  );
}

/** @param enough do not look further once it is worse than this. */
function worstShare(capacities: readonly number[], orders: Orders, enough = Infinity): number {
  let worst = 0;
  for (const failed of failures(capacities.length)) {
    worst = Math.max(worst, usage(capacities, orders, failed) / optimum(capacities, failed));
    if (worst >= enough) break;
  }
  return worst;
}

function allOrders(count: number): readonly Orders[] {
  const paths = Array.from({ length: count }, (_, path) => path);
  return paths.reduce<readonly Orders[]>(
    (begun, path) =>
      permutations(paths.filter((other) => other !== path)).flatMap((order) =>
        begun.map((orders) => [...orders, order]),
      ),
    [[]],
  );
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}
