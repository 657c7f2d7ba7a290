/** When traffic may go back to a path: tables by time, and what holds for any history. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import {
  initialHistory,
  isHeld,
  nextRelease,
  pathCameUp,
  pathWentDown,
} from '../../../src/recover/policy.ts';
import type { PathHistory, PolicySettings } from '../../../src/recover/policy.ts';

const NO_DAMPING = { enabled: false, flaps: 3, window: 60_000, quiet: 30_000 };
const DAMPING = { ...NO_DAMPING, enabled: true };

/** Goes down and up at these times, beginning with down; milliseconds. */
function after(settings: PolicySettings, ...times: readonly number[]): PathHistory {
  return times.reduce(
    (history, time, index) =>
      index % 2 === 0 ? pathWentDown(history, settings, time) : pathCameUp(history, settings, time),
    initialHistory(true, 0),
  );
}

describe('without hold-down and damping', () => {
  const settings = { holdDown: 0, damping: NO_DAMPING };

  test('a path is never held, whatever it does', () => {
    const times = fc.array(fc.nat(1000), { maxLength: 40 }).map(accumulated);
    fc.assert(
      fc.property(times, fc.nat(1000), (moments, later) => {
        const history = after(settings, ...moments);
        assert.ok(!isHeld(history, (moments.at(-1) ?? 0) + later));
      }),
    );
  });
});

describe('hold-down', () => {
  const settings = { holdDown: 10_000, damping: NO_DAMPING };

  test('holds a path that is down, so that it is held the moment it is up', () => {
    assert.ok(isHeld(after(settings, 1000), 999_999));
  });

  test('holds a path until it has been up for that long', () => {
    const history = after(settings, 1000, 2000);
    assert.ok(isHeld(history, 2000));
    assert.ok(isHeld(history, 11_999));
    assert.ok(!isHeld(history, 12_000));
  });

  test('begins anew when the path fails again', () => {
    const history = after(settings, 1000, 2000, 5000, 6000);
    assert.ok(isHeld(history, 15_999));
    assert.ok(!isHeld(history, 16_000));
  });

  test('is not asked of a path that never failed', () => {
    assert.ok(!isHeld(initialHistory(true, 0), 0));
  });
});

describe('damping', () => {
  const settings = { holdDown: 0, damping: DAMPING };

  test('leaves a path alone that fails less often', () => {
    assert.ok(!isHeld(after(settings, 1000, 1100, 2000, 2100), 2100));
  });

  test('holds a path that fails so often within the window, until it has been quiet', () => {
    const history = after(settings, 1000, 1100, 2000, 2100, 3000, 3100);
    assert.ok(history.damped);
    assert.ok(isHeld(history, 33_099));
    assert.ok(!isHeld(history, 33_100));
  });

  test('forgets failures that are older than the window', () => {
    const history = after(settings, 1000, 1100, 40_000, 40_100, 62_000, 62_100);
    assert.ok(!history.damped);
    assert.equal(history.downs.length, 2);
  });

  test('asks for quiet anew when the path fails while it is damped', () => {
    const damped = [1000, 1100, 2000, 2100, 3000, 3100];
    // Long after the window, but within the quiet time.
    const slow = { holdDown: 0, damping: { ...DAMPING, window: 5000 } };
    const history = after(slow, ...damped, 30_000, 30_100);
    assert.ok(history.damped);
    assert.ok(isHeld(history, 60_099));
    assert.ok(!isHeld(history, 60_100));
  });

  test('asks for the longer one of quiet and hold-down', () => {
    const both = { holdDown: 45_000, damping: DAMPING };
    assert.ok(isHeld(after(both, 1000, 1100, 2000, 2100, 3000, 3100), 48_099));
  });

  test('does not come back with a drain long after it has ended', () => {
    const released = after(settings, 1000, 1100, 2000, 2100, 3000, 3100);
    // A drain is no failure: it only comes up again.
    const restored = pathCameUp({ ...released, up: false, since: 100_000 }, settings, 110_000);
    assert.ok(!restored.damped);
    assert.ok(!isHeld(restored, 110_000));
  });
});

describe('a path', () => {
  const settings = fc.record({
    holdDown: fc.nat(5000),
    damping: fc.record({
      enabled: fc.boolean(),
      flaps: fc.integer({ min: 2, max: 10 }),
      window: fc.integer({ min: 1000, max: 60_000 }),
      quiet: fc.integer({ min: 1000, max: 60_000 }),
    }),
  });
  const times = fc.array(fc.nat(3000), { maxLength: 40 }).map(accumulated);

  test('that stays up is released, at the time that is foretold', () => {
    fc.assert(
      fc.property(settings, times, (policy, moments) => {
        const even = moments.slice(0, moments.length - (moments.length % 2));
        const now = even.at(-1) ?? 0;
        const history = after(policy, ...even);
        const release = nextRelease([history], now);
        assert.equal(release !== undefined, isHeld(history, now));
        if (release === undefined) return;
        assert.ok(isHeld(history, release - 1));
        assert.ok(!isHeld(history, release));
        assert.ok(release - now <= Math.max(policy.holdDown, policy.damping.quiet));
      }),
    );
  });

  test('keeps no more of its failures than the window holds', () => {
    fc.assert(
      fc.property(settings, times, (policy, moments) => {
        const { downs } = after(policy, ...moments);
        assert.ok(downs.every((time) => time > (downs.at(-1) ?? 0) - policy.damping.window));
      }),
    );
  });

  test('that is down foretells no release', () => {
    fc.assert(
      fc.property(settings, (policy) => {
        assert.equal(nextRelease([after(policy, 1000)], 1000), undefined);
      }),
    );
  });
});

test('of several paths the earliest release is foretold', () => {
  const settings = { holdDown: 10_000, damping: NO_DAMPING };
  const histories = [after(settings, 1000, 5000), after(settings, 1000, 2000), after(settings, 1)];
  assert.equal(nextRelease(histories, 6000), 12_000);
});

function accumulated(gaps: readonly number[]): readonly number[] {
  let time = 0;
  return gaps.map((gap) => (time += gap + 1));
}
