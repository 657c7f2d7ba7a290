import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { Decided } from '../../../src/daemon/decided.ts';

describe('a decision', () => {
  test('is the last one as soon as it is taken', async () => {
    const carriedOut: string[] = [];
    const decided = new Decided('before', async (decision) => {
      carriedOut.push(decision);
      return true;
    });
    assert.equal(decided.last, 'before');
    decided.decide('now');
    assert.equal(decided.last, 'now');
    await turn();
    assert.equal(decided.last, 'now');
    assert.deepEqual(carriedOut, ['now']);
  });

  test('that could not be carried out counts as none, so that it is taken again', async () => {
    const decided = new Decided('before', async () => false);
    decided.decide('now');
    await turn();
    assert.equal(decided.last, undefined);
  });

  test('that failed does not take back the one after it', async () => {
    const decided = new Decided('before', async (decision) => decision !== 'first');
    decided.decide('first');
    decided.decide('second');
    await turn();
    assert.equal(decided.last, 'second');
  });
});
