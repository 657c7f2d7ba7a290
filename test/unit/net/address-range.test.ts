import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { address } from '../../../src/net/address.ts';
import {
  formatAddressRange,
  parseAddressRange,
  rangeContains,
  rangeSize,
} from '../../../src/net/address-range.ts';

describe('a range of addresses', () => {
  const range = parseAddressRange('10.10.1.100 - 10.10.1.199')!;

  test('has both its ends in it', () => {
    assert.equal(rangeSize(range), 100n);
    assert.ok(rangeContains(range, address('10.10.1.100')));
    assert.ok(rangeContains(range, address('10.10.1.199')));
    assert.ok(!rangeContains(range, address('10.10.1.200')));
    assert.ok(!rangeContains(range, address('::a0a:164')));
  });

  test('is written as it is read', () => {
    assert.equal(formatAddressRange(range), '10.10.1.100-10.10.1.199');
  });

  test('is of one family and goes upwards', () => {
    for (const text of ['10.0.0.1', '10.0.0.2-10.0.0.1', '10.0.0.1-::1', '10.0.0.1-', 'a-b']) {
      assert.equal(parseAddressRange(text), undefined, text);
    }
  });
});
