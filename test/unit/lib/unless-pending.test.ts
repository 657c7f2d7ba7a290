import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { unlessPending } from '../../../src/lib/unless-pending.ts';

test('what is asked for while it is under way is not begun once more, and is afterwards', async () => {
  const begun: (() => void)[] = [];
  const ask = unlessPending(() => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    begun.push(() => resolve(undefined));
    return promise;
  });
  for (let tick = 0; tick < 3; tick++) ask();
  assert.equal(begun.length, 1);
  begun[0]!();
  await turn();
  ask();
  assert.equal(begun.length, 2);
});
