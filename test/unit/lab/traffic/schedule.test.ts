import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dueCount, dueNs, totalMessages } from '../../../../src/lab/traffic/schedule.ts';

const schedule = fc.record({
  startNs: fc.integer({ min: 0, max: 1e15 }),
  rate: fc.integer({ min: 1, max: 100_000 }),
  total: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('schedule', () => {
  test('2000 messages a second are due every half millisecond', () => {
    const at = { startNs: 1e9, rate: 2000, total: 20_000 };
    assert.equal(dueNs(at, 0), 1e9);
    assert.equal(dueNs(at, 1), 1e9 + 500_000);
    assert.equal(dueNs(at, 19_999), 1e9 + 9_999_500_000);
    assert.equal(dueCount(at, 1e9 - 1), 0);
    assert.equal(dueCount(at, 1e9), 1);
    assert.equal(dueCount(at, 1e9 + 499_999), 1);
    assert.equal(dueCount(at, 1e9 + 500_000), 2);
    assert.equal(dueCount(at, 1e9 + 60e9), 20_000);
  });

  test('there is always a message, however short the time', () => {
    assert.equal(totalMessages(2000, 10), 20_000);
    assert.equal(totalMessages(1, 0.001), 1);
  });

  test('a message is counted from its due time on, give or take a nanosecond', () => {
    fc.assert(
      fc.property(schedule, fc.nat(), (at, n) => {
        const index = n % at.total;
        const due = dueNs(at, index);
        assert.ok(dueCount(at, due + 2) >= index + 1);
        assert.ok(dueCount(at, due - 2) <= index);
      }),
    );
  });

  test('the count never falls and never passes the total', () => {
    fc.assert(
      fc.property(schedule, fc.array(fc.nat(1e9), { maxLength: 50 }), (at, steps) => {
        let now = at.startNs - 1e6;
        let before = 0;
        for (const step of steps) {
          now += step;
          const count = dueCount(at, now);
          assert.ok(count >= before && count <= at.total);
          before = count;
        }
      }),
    );
  });
});
