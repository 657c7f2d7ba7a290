import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { formatDuration, parseDuration } from '../../../src/net/duration.ts';

describe('parseDuration', () => {
  const read: readonly (readonly [string, number])[] = [
    ['20ms', 20],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['500us', 0.5],
    ['0s', 0],
    [' 20 ms ', 20],
    // 1.1 × 60000 is 66000.00000000001 in binary fractions.
    ['1.1m', 66_000],
    ['0.29s', 290],
  ];
  for (const [text, expected] of read) {
    test(`'${text}' is ${expected} ms`, () => assert.equal(parseDuration(text), expected));
  }

  for (const text of [
    ...['', '20', 'ms', '-20ms', '+20ms', '20 m s', '20msec', '1d', '1e3ms', '.5s', '1.s', '1,5s'],
    ...['20MS', '0x10ms', '1:30', 'Infinityms', '9999999999s', '1s1ms'],
  ]) {
    test(`refuses '${text}'`, () => assert.equal(parseDuration(text), undefined));
  }
});

describe('formatDuration', () => {
  const written: readonly (readonly [number, string])[] = [
    [0, '0s'],
    [0.5, '500us'],
    [20, '20ms'],
    [12.5, '12.5ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [60_000, '1m'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [5_400_000, '90m'],
  ];
  for (const [value, expected] of written) {
    test(`${value} ms is '${expected}'`, () => assert.equal(formatDuration(value), expected));
  }

  test('is read back exactly, in whole microseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (microseconds) => {
        const value = microseconds / 1000;
        const text = formatDuration(value);
        assert.ok(Math.abs((parseDuration(text) ?? NaN) - value) < 1e-6 + value * 1e-6, text);
      }),
    );
  });

  test('is read back exactly, in whole milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90_000_000 }), (value) => {
        assert.equal(parseDuration(formatDuration(value)), value);
      }),
    );
  });
});
