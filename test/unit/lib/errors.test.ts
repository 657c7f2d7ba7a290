import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WamptcpError } from '../../../src/lib/errors.ts';

test('carries a code for programs, advice for people and the error beneath', () => {
  const cause = new Error('EPERM');
  const error = new WamptcpError('NEEDS_ROOT', 'Cannot change routes.', {
    advice: 'Run it as root.',
    cause,
  });
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'WamptcpError');
  assert.equal(error.code, 'NEEDS_ROOT');
  assert.equal(error.message, 'Cannot change routes.');
  assert.equal(error.advice, 'Run it as root.');
  assert.equal(error.cause, cause);
  assert.match(String(error.stack), /^WamptcpError: Cannot change routes\./);
});

test('has no cause where none was given', () => {
  assert.equal('cause' in new WamptcpError('X', 'x', { advice: 'y' }), false);
});
