import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eachInTurn } from '../../../src/lib/each-in-turn.ts';

test('what fails is told, and what comes after it is done all the same', async () => {
  const done: string[] = [];
  const failures: unknown[] = [];
  const error = new Error('no');
  await eachInTurn(
    [async () => done.push('first'), () => Promise.reject(error), async () => done.push('last')],
    (one) => failures.push(one),
  );
  assert.deepEqual(done, ['first', 'last']);
  assert.deepEqual(failures, [error]);
});
