import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Feed } from '../../../../src/lab/traffic/feed.ts';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('feed', () => {
  test('every reader gets everything, early or late', async () => {
    const feed = new Feed<number>();
    feed.push(1);
    const early = collect(feed);
    await Promise.resolve();
    feed.push(2);
    feed.push(3);
    feed.end();
    assert.deepEqual(await early, [1, 2, 3]);
    assert.deepEqual(await collect(feed), [1, 2, 3]);
  });

  test('finds what is still to come, and says when it will not', async () => {
    const feed = new Feed<number | string>();
    const word = feed.find((item) => typeof item === 'string');
    const never = feed.find((item): item is 9 => item === 9);
    feed.push(1);
    await Promise.resolve();
    feed.push('two');
    assert.equal(await word, 'two');
    feed.end();
    assert.equal(await never, undefined);
  });
});
