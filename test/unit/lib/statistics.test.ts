import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { distribution, median, quantile, summarize } from '../../../src/lib/statistics.ts';

// Zero has one sign here: which of two equal values comes first is nobody's business.
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
  .map((value) => value + 0);
const numbers = fc.array(number, { minLength: 1, maxLength: 50 });

describe('median', () => {
  for (const [values, expected] of [
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 5], 5],
    [[10, 9, 1, 2], 5.5],
    [[Infinity, Infinity], Infinity],
    [[1, Infinity, 2], 2],
  ] as const) {
    test(`of ${values.join(', ')} is ${expected}`, () => {
      assert.equal(median(values), expected);
    });
  }

  test('of nothing is no number', () => {
    assert.ok(Number.isNaN(median([])));
  });

  test('has as many values below as above', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        assert.ok(below <= values.length / 2 && above <= values.length / 2);
      }),
    );
  });
});

describe('quantile', () => {
  test('is a value that occurred, and enough do not exceed it', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, fraction) => {
        const found = quantile(values, fraction);
        assert.ok(values.includes(found) || found === 0);
        const within = values.filter((value) => value <= found).length;
        assert.ok(within >= fraction * values.length - 1e-9);
      }),
    );
  });

  test('is the least value at 0 and the greatest at 1', () => {
    assert.deepEqual([quantile([2, 1, 3], 0), quantile([2, 1, 3], 1)], [1, 3]);
  });
});

describe('summarize', () => {
  test('holds for any order of the same values', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const summary = summarize(values);
        assert.deepEqual(summarize(values.toReversed()), summary);
        assert.ok(summary.least <= summary.median && summary.median <= summary.greatest);
      }),
    );
  });
});

test('a distribution rises to 1', () => {
  assert.deepEqual(distribution([30, 10, 20, 10]), [
    [10, 0.25],
    [10, 0.5],
    [20, 0.75],
    [30, 1],
  ]);
});
