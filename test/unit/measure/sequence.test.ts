import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { distance64, unwrap } from '../../../src/measure/sequence.ts';

test('a number without its wraps is found again from any near one', () => {
  const near = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), near, (value, away) => {
      assert.equal(unwrap(value % 2 ** 32, value + away), value);
    }),
  );
});

test('the distance of two 64-bit numbers goes over their wrap', () => {
  assert.equal(distance64(2n ** 64n - 2n, 3n), 5);
  assert.equal(distance64(3n, 2n ** 64n - 2n), -5);
});
