import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantiles } from '../../../../src/lab/traffic/quantiles.ts';

test('quantiles are values that occurred, and the argument stays as it is', () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => 200 - i);
  assert.deepEqual(quantiles(values), { p50: 100, p99: 198, max: 200 });
  assert.equal(values[0], 200);
  assert.deepEqual(quantiles(Float64Array.of(7)), { p50: 7, p99: 7, max: 7 });
  assert.throws(() => quantiles(new Float64Array()), RangeError);
});
