/** How measurements that bear each other's company share a run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { FakeEffects, runFake as run } from './fake.ts';
import type { Measure } from './fake.ts';

describe('what may be measured side by side', () => {
  const mechanisms = ['a', 'b', 'c', 'd', 'e'];

  /** All that are begun, and how to end each. */
  function waitingRoom(): { begun: string[]; labs: string[]; end: Map<string, () => void> } & {
    measure: Measure;
  } {
    const [begun, labs]: [string[], string[]] = [[], []];
    const end = new Map<string, () => void>();
    const measure: Measure = ({ mechanism }, { lab }) => {
      begun.push(mechanism);
      labs.push(lab);
      return new Promise((resolve) => {
        end.set(mechanism, () => {
          resolve(1);
        });
      });
    };
    return { begun, labs, end, measure };
  }

  test('is, up to the number it allows, each in a lab of its own; the next begins when one is over', async () => {
    const { begun, labs, end, measure } = waitingRoom();
    const running = run(measure, new FakeEffects(), undefined, { width: 2, mechanisms });
    await turn();
    assert.deepEqual(begun, ['a', 'b']);
    end.get('b')?.();
    await turn();
    assert.deepEqual(begun, ['a', 'b', 'c']);
    assert.deepEqual(labs, ['eval-1', 'eval-2', 'eval-2']);
    for (const name of ['a', 'c', 'd', 'e']) {
      end.get(name)?.();
      await turn();
    }
    const { kinds, effects } = await running;
    assert.equal(kinds.length, 5);
    assert.deepEqual(effects.cleaned.toSorted(), [
      'eval-1',
      'eval-1',
      'eval-2',
      'eval-2',
      'eval-2',
    ]);
  });

  test('ends altogether when the run is stopped', async () => {
    const stop = new AbortController();
    const ended: string[] = [];
    const measure: Measure = ({ mechanism }, context) =>
      new Promise((_, reject) => {
        context.stop.addEventListener('abort', () => {
          ended.push(mechanism);
          reject(new Error('stopped'));
        });
      });
    const running = run(measure, new FakeEffects(), stop.signal, { width: 3, mechanisms });
    await turn();
    stop.abort();
    const { summary, kinds } = await running;
    assert.deepEqual([ended, kinds, summary.interrupted], [['a', 'b', 'c'], [], true]);
  });

  test('is waited for when one cannot be kept, and nothing else is begun', async () => {
    const { begun, end, measure } = waitingRoom();
    const effects = new FakeEffects();
    effects.keep = () => Promise.reject(new Error('no space left'));
    const running = run(measure, effects, undefined, { width: 2, mechanisms });
    const rejected = assert.rejects(running, /no space left/);
    await turn();
    end.get('a')?.();
    await turn();
    end.get('b')?.();
    await rejected;
    assert.deepEqual(
      [begun, effects.cleaned],
      [
        ['a', 'b'],
        ['eval-1', 'eval-2'],
      ],
    );
  });

  test('tells the time left by its part', async () => {
    const effects = new FakeEffects();
    const measure: Measure = () => Promise.resolve(1);
    await run(measure, effects, undefined, { width: 5, mechanisms });
    assert.equal(effects.left[0], 10);
    assert.equal(effects.left.at(-1), 0);
  });
});

/** What has been resolved has its consequences. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
