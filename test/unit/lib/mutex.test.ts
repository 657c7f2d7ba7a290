import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { Mutex } from '../../../src/lib/mutex.ts';

const LONG = 60_000;

describe('a mutex', () => {
  test('lets one work at a time, in order, whatever becomes of it', async () => {
    const mutex = new Mutex(LONG);
    const steps: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      steps.push(`${name} begins`);
      await turn();
      steps.push(`${name} ends`);
      if (name === 'a') throw new Error(name);
      return name;
    };
    const ended = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => mutex.exclusively(work(name))),
    );
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled'],
    );
    assert.deepEqual(
      steps,
      ['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  test('is not held for ever by what never ends', async () => {
    const mutex = new Mutex(1);
    void mutex.exclusively(() => new Promise(() => undefined));
    assert.equal(await mutex.exclusively(() => Promise.resolve('next')), 'next');
  });
});
