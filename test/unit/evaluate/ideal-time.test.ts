/** The best that a download can do while one of its lines goes and comes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { idealSeconds } from '../../../src/evaluate/ideal-time.ts';

const EQUAL = { before: 0, left: 0.5 };

describe('the ideal time of a download', () => {
  for (const [what, usual, beat, ideal] of [
    ['is the usual one without outages', 10, { ...EQUAL, period: 0 }, 10],
    ['is the usual one with a spare line', 10, { period: 3, before: 0.3, left: 1 }, 10],
    ['is the usual one if it ends before the line goes', 2, { ...EQUAL, period: 1, before: 3 }, 2],
    ['is four thirds after whole beats', 9, { ...EQUAL, period: 2 }, 12],
    ['is twice as long while the line is away', 0.5, { ...EQUAL, period: 1 }, 1],
    ['counts the time before the first outage', 1, { ...EQUAL, period: 1, before: 0.5 }, 1.5],
    ['goes on at full rate after an outage', 1.25, { ...EQUAL, period: 1 }, 1.75],
    ['waits where nothing is left', 1.5, { period: 1, before: 0, left: 0 }, 3.5],
  ] as const) {
    test(what, () => assert.equal(idealSeconds(usual, beat), ideal));
  }

  test('is between the usual one and that of the lines that stay', () => {
    const real = (min: number, max: number): fc.Arbitrary<number> =>
      fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        real(1, 100),
        real(0.5, 5),
        real(0, 2),
        real(0.1, 1),
        (usual, period, before, left) => {
          const ideal = idealSeconds(usual, { period, before, left });
          assert.ok(ideal >= usual - 1e-9 && ideal <= usual / left + 1e-9, String(ideal));
        },
      ),
    );
  });
});
