/** Counters → rates. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { RateMeter } from '../../../src/observe/rate-meter.ts';

describe('a rate', () => {
  const counters = (receivedBytes: number, sentBytes: number) => ({ receivedBytes, sentBytes });

  test('is in bits per second, per direction', () => {
    const meter = new RateMeter();
    meter.add('w1', counters(1000, 5000), 0);
    meter.add('w1', counters(126_000, 6250), 1000);
    assert.deepEqual(meter.get('w1'), {
      receivedBytes: 126_000,
      sentBytes: 6250,
      receiveRate: 1_000_000,
      sendRate: 10_000,
    });
  });

  test('is over the time that really passed', () => {
    const meter = new RateMeter();
    meter.add('w1', counters(0, 0), 0);
    meter.add('w1', counters(1000, 0), 500);
    assert.equal(meter.get('w1')?.receiveRate, 16_000);
  });

  test('is 0 at the first sample, and when a counter went back', () => {
    const meter = new RateMeter();
    meter.add('w1', counters(9000, 9000), 0);
    assert.equal(meter.get('w1')?.receiveRate, 0);
    meter.add('w1', counters(100, 10_000), 1000);
    assert.deepEqual([meter.get('w1')?.receiveRate, meter.get('w1')?.sendRate], [0, 8000]);
  });

  test('is 0 and not infinite when no time has passed', () => {
    const meter = new RateMeter();
    meter.add('w1', counters(0, 0), 5);
    meter.add('w1', counters(1000, 0), 5);
    assert.equal(meter.get('w1')?.receiveRate, 0);
  });

  test('is kept per interface', () => {
    const meter = new RateMeter();
    meter.add('w1', counters(1, 1), 0);
    assert.equal(meter.get('w2'), undefined);
  });
});
