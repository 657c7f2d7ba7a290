import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok } from '../../../src/lib/result.ts';
import type { Result } from '../../../src/lib/result.ts';

function half(n: number): Result<number, string> {
  return n % 2 === 0 ? ok(n / 2) : err(`${n} is odd`);
}

test('ok tells which of value and error is there', () => {
  assert.deepEqual(half(4), { ok: true, value: 2 });
  assert.deepEqual(half(3), { ok: false, error: '3 is odd' });
});

test('the types follow ok', () => {
  const answer = half(4);
  const text: string = answer.ok ? answer.value.toFixed(1) : answer.error.toUpperCase();
  assert.equal(text, '2.0');
});
