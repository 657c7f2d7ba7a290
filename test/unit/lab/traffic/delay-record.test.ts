import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DelayRecord } from '../../../../src/lab/traffic/delay-record.ts';

const MS = 1e6;

/** A message each millisecond; `lag` and `transit` in milliseconds by number. */
function record(
  count: number,
  lag: (seq: number) => number,
  transit: (seq: number) => number,
): DelayRecord {
  const result = new DelayRecord(count);
  for (let seq = 0; seq < count; seq++) {
    const dueNs = 1e12 + seq * MS;
    const sentNs = dueNs + lag(seq) * MS;
    result.add({ seq, dueNs, sentNs }, sentNs + transit(seq) * MS);
  }
  return result;
}

describe('delay record', () => {
  test('keeps the lateness of the sender apart from that of the network', () => {
    const figures = record(
      1000,
      (seq) => (seq === 700 ? 12 : 0.5),
      (seq) => (seq === 300 ? 40 : 2),
    ).summary(0);
    assert.deepEqual(figures?.delayMs, { p50: 2.5, p99: 2.5, max: 40.5 });
    assert.deepEqual(figures.lagMs, { p50: 0.5, p99: 0.5, max: 12 });
    assert.deepEqual(figures.transitMs, { p50: 2, p99: 2, max: 40 });
    assert.deepEqual(figures.worst, { seq: 300, atSeconds: 0.3, dueNs: 1e12 + 300 * MS });
  });

  test('an outage shows as a pause and as the delay of the first message in it', () => {
    // Cut from 400 to 600 ms: what was due meanwhile arrives at 600 ms.
    const figures = record(
      1000,
      () => 0,
      (seq) => (seq >= 400 && seq < 600 ? 600 - seq : 1),
    ).summary(0.1);
    assert.equal(figures?.delayMs.max, 200);
    assert.equal(figures.worst.seq, 400);
    assert.equal(figures.pause.ms, 200);
    assert.equal(figures.pause.atSeconds, 0.4);
    assert.equal(figures.pause.fromNs, 1e12 + 400 * MS);
  });

  test('the warm-up does not count, and nothing after it is no figure', () => {
    const slowStart = record(
      1000,
      () => 0,
      (seq) => (seq < 100 ? 100 - seq : 1),
    );
    assert.equal(slowStart.summary(0)?.delayMs.max, 100);
    assert.equal(slowStart.summary(0.1)?.delayMs.max, 1);
    assert.equal(slowStart.summary(1), undefined);
    assert.equal(new DelayRecord(5).summary(0), undefined);
  });

  test('a window has what came since the last one, or nothing', () => {
    const sample = new DelayRecord(10);
    assert.deepEqual(sample.takeWindow(), { messages: 0, delayMs: null, maxLagMs: null });
    sample.add({ seq: 0, dueNs: 0, sentNs: MS }, 3 * MS);
    sample.add({ seq: 1, dueNs: MS, sentNs: MS }, 6 * MS);
    assert.deepEqual(sample.takeWindow(), {
      messages: 2,
      delayMs: { p50: 3, max: 5 },
      maxLagMs: 1,
    });
    assert.equal(sample.takeWindow().messages, 0);
    assert.equal(sample.count, 2);
  });

  test('raw lines have one message each, under a heading', () => {
    const lines = [
      ...record(
        2,
        () => 1,
        () => 2,
      ).rawLines(),
    ];
    assert.equal(lines.length, 3);
    assert.match(lines[0]!, /^# seq sent_ns received_ns due_ns/);
    assert.equal(lines[2], `1 ${1e12 + 2 * MS} ${1e12 + 4 * MS} ${1e12 + MS}\n`);
  });

  test('a number left out or too many is a fault of the tool', () => {
    const sample = new DelayRecord(1);
    assert.throws(() => sample.add({ seq: 1, dueNs: 0, sentNs: 0 }, 0), /expected 0/);
    sample.add({ seq: 0, dueNs: 0, sentNs: 0 }, 0);
    assert.throws(() => sample.add({ seq: 1, dueNs: 0, sentNs: 0 }, 0), /more messages/);
  });
});
