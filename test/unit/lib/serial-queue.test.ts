import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { SerialQueue } from '../../../src/lib/serial-queue.ts';

describe('a serial queue', () => {
  test('does one thing at a time, in order, and goes on after a failure', async () => {
    const failures: unknown[] = [];
    const queue = new SerialQueue((error) => failures.push(error));
    const steps: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      steps.push(`${name} begins`);
      await turn();
      steps.push(`${name} ends`);
      if (name === 'a') throw new Error(name);
    };
    assert.deepEqual(await Promise.all([queue.run(work('a')), queue.run(work('b'))]), [
      false,
      true,
    ]);
    assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends']);
    assert.deepEqual(failures, [new Error('a')]);
  });

  test('begins nothing after it was closed, and is closed when all is done', async () => {
    const queue = new SerialQueue(() => assert.fail());
    let ended = false;
    void queue.run(async () => {
      await turn();
      ended = true;
    });
    await turn();
    const later = queue.run(() => assert.fail());
    await queue.close();
    assert.ok(ended);
    assert.equal(await later, false);
  });
});
