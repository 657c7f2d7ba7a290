import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { editDistance, nearest } from '../../../src/config/nearest.ts';

describe('nearest', () => {
  const keys = ['name', 'interface', 'nexthop', 'capacity', 'subnet', 'hold-down', 'vni'];
  for (const [word, expected] of [
    ['subent', 'subnet'],
    ['Subnet', 'subnet'],
    ['subnet_', 'subnet'],
    ['holdDown', 'hold-down'],
    ['hold_down', 'hold-down'],
    ['holddown', 'hold-down'],
    ['interfase', 'interface'],
    ['next-hop', 'nexthop'],
    ['vin', 'vni'],
    ['mtu', undefined],
    ['colour', undefined],
    ['', undefined],
    ['x'.repeat(5000), undefined],
  ] as const) {
    test(`${word.slice(0, 20)} → ${String(expected)}`, () =>
      assert.equal(nearest(word, keys), expected));
  }

  test('does not choose between equals', () => {
    assert.equal(nearest('lan2', ['lan0', 'lan1']), undefined);
    assert.equal(nearest('lan2', ['lan0']), 'lan0');
  });
});

describe('editDistance', () => {
  for (const [one, other, expected] of [
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['kitten', 'sitting', 3],
  ] as const) {
    test(`${one || '∅'} ↔ ${other || '∅'} is ${expected}`, () => {
      assert.equal(editDistance(one, other), expected);
    });
  }

  test('is symmetric, and zero only for equals', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        assert.equal(editDistance(one, other), editDistance(other, one));
        assert.equal(editDistance(one, other) === 0, one === other);
        assert.ok(editDistance(one, other) <= Math.max(one.length, other.length));
      }),
    );
  });
});
