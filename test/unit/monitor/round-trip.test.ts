/** What fping prints → round trips. The lines are fping 5.1's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import {
  addProbe,
  LOSS_WINDOW,
  NO_ROUND_TRIP,
  parseProbe,
} from '../../../src/monitor/round-trip.ts';
import type { RoundTrip } from '../../../src/monitor/round-trip.ts';

function after(...roundTrips: readonly (number | undefined)[]): RoundTrip {
  return roundTrips.reduce<RoundTrip>(
    (known, roundTrip) => addProbe(known, { roundTrip }),
    NO_ROUND_TRIP,
  );
}

describe('a line of fping', () => {
  test('tells the tunnel and the time', () => {
    assert.deepEqual(
      parseProbe('fe80::64:2%wt100 : [2], 64 bytes, 0.071 ms (0.064 avg, 0% loss)'),
      {
        device: 'wt100',
        roundTrip: 0.071,
      },
    );
  });

  test('tells that no answer came in time', () => {
    assert.deepEqual(parseProbe('fe80::64:2%wt100 : [0], timed out (NaN avg, 100% loss)'), {
      device: 'wt100',
      roundTrip: undefined,
    });
  });

  test('that is about something else tells nothing', () => {
    for (const line of ['', 'fe80::64:2: No such device', '192.0.2.1 : [0], 64 bytes, 1 ms']) {
      assert.equal(parseProbe(line), undefined, line);
    }
  });
});

describe('the round trip', () => {
  test('is the first one, then moves by an eighth', () => {
    assert.equal(after(8).smoothed, 8);
    assert.equal(after(8, 16).smoothed, 9);
  });

  test('stays what it was while no answer comes', () => {
    assert.deepEqual([after(8, undefined).smoothed, after(8, undefined).last], [8, undefined]);
  });

  test('is unknown before the first answer', () => {
    assert.equal(after(undefined, undefined).smoothed, undefined);
  });

  test('lies between the shortest and the longest', () => {
    const times = fc.array(fc.float({ min: 0, max: 1000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(times, (all) => {
        const { smoothed = NaN } = after(...all);
        assert.ok(smoothed >= Math.min(...all) - 1e-9 && smoothed <= Math.max(...all) + 1e-9);
      }),
    );
  });
});

describe('the loss', () => {
  test('is that of the last probes only', () => {
    const lost = Array<undefined>(LOSS_WINDOW).fill(undefined);
    const answered = Array<number>(LOSS_WINDOW).fill(5);
    assert.equal(after(...lost).loss, 1);
    assert.equal(after(...lost, ...answered.slice(1)).loss, 1 / LOSS_WINDOW);
    assert.equal(after(...lost, ...answered).loss, 0);
  });

  test('is 0 before the first probe', () => {
    assert.equal(NO_ROUND_TRIP.loss, 0);
  });
});
