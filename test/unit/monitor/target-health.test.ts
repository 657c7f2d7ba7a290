/** The answers of targets → is the WAN up? The lines are fping 5.1's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { addProbe, NO_ROUND_TRIP } from '../../../src/monitor/round-trip.ts';
import type { RoundTrip } from '../../../src/monitor/round-trip.ts';
import { isAlive, leadsSomewhere, parseAnswer } from '../../../src/monitor/target-health.ts';
import type { HealthSettings } from '../../../src/monitor/target-health.ts';

const HALF_OF_FIVE: HealthSettings = { window: 5, loss: 0.5, quorum: undefined };

function after(answered: readonly boolean[], window: number): RoundTrip {
  return answered.reduce<RoundTrip>(
    (known, each) => addProbe(known, { roundTrip: each ? 1 : undefined }, window),
    NO_ROUND_TRIP,
  );
}

describe('a line of fping', () => {
  test('tells the target and the time', () => {
    assert.deepEqual(parseAnswer('9.9.9.9 : [3], 64 bytes, 12.3 ms (12.1 avg, 0% loss)'), {
      address: '9.9.9.9',
      roundTrip: 12.3,
    });
  });

  test('tells that no answer came in time, of a link-local target too', () => {
    assert.deepEqual(parseAnswer('fe80::1%eth1 : [0], timed out (NaN avg, 100% loss)'), {
      address: 'fe80::1',
      roundTrip: undefined,
    });
  });

  test('about something else tells nothing', () => {
    for (const line of [
      '',
      'ICMP Host Unreachable from 192.0.2.1',
      'dns.example : [0], 64 bytes, 1 ms',
    ])
      assert.equal(parseAnswer(line), undefined, line);
  });
});

describe('a target', () => {
  const settings = fc.record({
    window: fc.integer({ min: 2, max: 100 }),
    loss: fc.double({ min: 0, max: 0.99, noNaN: true }),
    quorum: fc.constant(undefined),
  });

  test('that was not asked yet is alive', () => {
    assert.ok(isAlive(NO_ROUND_TRIP, HALF_OF_FIVE));
  });

  test('is dead with the first loss beyond the threshold, and alive again below it', () => {
    assert.ok(isAlive(after([true, false, false], 5), HALF_OF_FIVE));
    assert.ok(!isAlive(after([true, false, false, false], 5), HALF_OF_FIVE));
    assert.ok(!isAlive(after([false, false, false, true, true], 5), HALF_OF_FIVE));
    assert.ok(isAlive(after([false, false, false, true, true, true], 5), HALF_OF_FIVE));
  });

  test('that answers nothing for a window is dead, that answers everything is alive', () => {
    fc.assert(
      fc.property(settings, fc.array(fc.boolean()), (each, before) => {
        const all = (answered: boolean): boolean[] => Array<boolean>(each.window).fill(answered);
        assert.ok(!isAlive(after([...before, ...all(false)], each.window), each));
        assert.ok(isAlive(after([...before, ...all(true)], each.window), each));
      }),
    );
  });

  test('is not revived by one more loss, nor killed by one more answer', () => {
    fc.assert(
      fc.property(settings, fc.array(fc.boolean(), { maxLength: 200 }), (each, answers) => {
        const alive = (more: boolean): boolean =>
          isAlive(after([...answers, more], each.window), each);
        assert.ok(!alive(false) || alive(true));
      }),
    );
  });
});

describe('a WAN', () => {
  const up = (alive: readonly boolean[], quorum?: number): boolean =>
    leadsSomewhere(alive, { ...HALF_OF_FIVE, quorum });

  test('is up while half of its targets are alive', () => {
    assert.deepEqual([up([true, false]), up([false, false])], [true, false]);
    assert.deepEqual([up([true, true, false]), up([true, false, false])], [true, false]);
  });

  test('is up while as many are alive as the file says', () => {
    assert.deepEqual([up([true, false, false], 1), up([true, true, false], 3)], [true, false]);
  });

  test('whose family has fewer targets than that needs all of them', () => {
    assert.deepEqual([up([true], 2), up([false], 2)], [true, false]);
  });

  test('is not taken down by one more target that lives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 16 }),
        fc.nat(15),
        fc.option(fc.integer({ min: 1, max: 16 }), { nil: undefined }),
        (alive, index, quorum) => {
          const better = alive.with(index % alive.length, true);
          assert.ok(!up(alive, quorum) || up(better, quorum));
        },
      ),
    );
  });
});
