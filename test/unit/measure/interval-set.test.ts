import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { IntervalSet, totalLength } from '../../../src/measure/interval-set.ts';
import type { Interval } from '../../../src/measure/interval-set.ts';

const interval = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([start, length]) => ({ start, end: start + length }));

/** The same by single numbers. */
const numbers = (intervals: readonly Interval[]): readonly number[] =>
  intervals.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));

describe('a set of intervals', () => {
  test('is the set of the numbers that were added, and tells the new ones', () => {
    fc.assert(
      fc.property(fc.array(interval), (added) => {
        const set = new IntervalSet();
        const model = new Set<number>();
        for (const one of added) {
          const fresh = numbers([one]).filter((value) => !model.has(value));
          assert.deepEqual(numbers(set.add(one)), fresh);
          for (const value of fresh) model.add(value);
        }
        assert.deepEqual(
          numbers(set.intervals),
          [...model].sort((a, b) => a - b),
        );
      }),
    );
  });

  test('keeps its intervals sorted and apart', () => {
    fc.assert(
      fc.property(fc.array(interval), (added) => {
        const set = new IntervalSet();
        for (const one of added) set.add(one);
        set.intervals.forEach(({ start, end }, index) => {
          assert.ok(start < end);
          assert.ok((set.intervals[index - 1]?.end ?? -1) < start);
        });
      }),
    );
  });

  test('what it has and what it lacks of an interval are the whole of it', () => {
    fc.assert(
      fc.property(fc.array(interval), interval, (added, asked) => {
        const set = new IntervalSet();
        for (const one of added) set.add(one);
        const have = new Set(numbers(set.intervals));
        const lacking = numbers([asked]).filter((value) => !have.has(value));
        assert.deepEqual(numbers(set.missing(asked)), lacking);
        assert.equal(totalLength(set.missing(asked)), lacking.length);
      }),
    );
  });
});
