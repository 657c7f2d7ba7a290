import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { formatRate, parseRate } from '../../../src/net/rate.ts';

describe('parseRate', () => {
  const read: readonly (readonly [string, number])[] = [
    ['100mbit', 100e6],
    ['1gbit', 1e9],
    ['2.5Gbit', 2.5e9],
    ['64kbit', 64e3],
    ['1000bit', 1000],
    ['1tbit', 1e12],
    [' 100 mbit ', 100e6],
    ['0.1mbit', 100e3],
    // 0.29 × 1000000 is 289999.99999999994 in binary fractions.
    ['0.29mbit', 290e3],
  ];
  for (const [text, expected] of read) {
    test(`'${text}' is ${expected} bit/s`, () => assert.equal(parseRate(text), expected));
  }

  for (const text of [
    ...[
      '',
      '100',
      'mbit',
      '0mbit',
      '0.0000001bit',
      '-1mbit',
      '100mbps',
      '100 Mb',
      '100MB',
      '1e3bit',
    ],
    ...['100mbit/s', '1,5gbit', '100mibit'],
  ]) {
    test(`refuses '${text}'`, () => assert.equal(parseRate(text), undefined));
  }
});

describe('formatRate', () => {
  const written: readonly (readonly [number, string])[] = [
    [1, '1bit'],
    [999, '999bit'],
    [1000, '1kbit'],
    [1500, '1.5kbit'],
    [100e6, '100mbit'],
    [1e9, '1gbit'],
    [2.5e9, '2.5gbit'],
    [1234567, '1234.567kbit'],
    [1e12, '1000gbit'],
  ];
  for (const [rate, expected] of written) {
    test(`${rate} bit/s is '${expected}'`, () => assert.equal(formatRate(rate), expected));
  }

  test('is read back exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000_000_000 }), (rate) => {
        assert.equal(parseRate(formatRate(rate)), rate);
      }),
      { numRuns: 2000 },
    );
  });
});
