/** When the site is compared with the machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import {
  ComparisonSchedule,
  LONGEST_SETTLE_MS,
  PERIOD_MS,
  SETTLE_MS,
} from '../../../src/daemon/comparison-schedule.ts';

/** Lets a comparison begin whenever it is due; returns when each began. */
function simulate(
  changes: readonly number[],
  until: number,
  lasts: number,
  fails: (index: number) => boolean = () => false,
): readonly number[] {
  const schedule = new ComparisonSchedule(0);
  const pending = [...changes];
  const begun: number[] = [];
  let busyUntil = 0;
  for (;;) {
    const next = pending[0];
    const due = Math.max(schedule.due(), busyUntil);
    if (next !== undefined && next <= due) {
      pending.shift();
      schedule.changed(next);
      continue;
    }
    if (due > until) return begun;
    begun.push(due);
    schedule.began(due);
    busyUntil = due + lasts;
    // Changes while it runs.
    while (pending[0] !== undefined && pending[0] <= busyUntil) schedule.changed(pending.shift()!);
    schedule.ended(busyUntil, fails(begun.length - 1));
  }
}

describe('a comparison', () => {
  test('is made every few seconds, whatever happens', () => {
    const begun = simulate([], 60_000, 10);
    assert.ok(begun.length >= 60_000 / (PERIOD_MS + 110) - 1, String(begun));
  });

  test('follows a change soon, and a burst of changes once', () => {
    const [first] = simulate([100], 1500, 10);
    assert.equal(first, 100 + SETTLE_MS);
    const burst = Array.from({ length: 10 }, (_, index) => 100 + index * 10);
    assert.deepEqual(simulate(burst, 1500, 10), [190 + SETTLE_MS]);
  });

  test('is made within a second of any change, however many come', () => {
    const runs = fc.property(
      fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 400 }),
      fc.integer({ min: 1, max: 250 }),
      (times, lasts) => {
        const changes = times.toSorted((one, other) => one - other);
        const begun = simulate(changes, 60_000, lasts);
        for (const change of changes) {
          const next = begun.find((at) => at >= change);
          assert.ok(next !== undefined && next - change <= LONGEST_SETTLE_MS + 2 * lasts);
        }
      },
    );
    fc.assert(runs);
  });

  test('takes at most half of the time in a storm, and a fifth in peace', () => {
    const storm = Array.from({ length: 2000 }, (_, index) => index * 10);
    assert.ok(simulate(storm, 20_000, 1500).length * 1500 <= 20_000 / 2 + 1500);
    assert.ok(simulate([], 60_000, 1500).length * 1500 <= 60_000 / 5 + 1500);
  });

  test('that fails is made again after 1, 2, 4 … 60 seconds', () => {
    const begun = simulate([], 300_000, 0, () => true);
    const pauses = begun.slice(1).map((at, index) => at - begun[index]!);
    assert.deepEqual(
      pauses.slice(0, 8).map((pause) => pause / 1000),
      [1, 2, 4, 8, 16, 32, 60, 60],
    );
  });
});
