/** How a run of measurements goes on, whatever single measurements do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Stalled, Unavailable } from '../../../src/evaluate/experiment.ts';
import { trafficError } from '../../../src/lab/traffic/traffic-error.ts';
import { FakeEffects, runFake as run } from './fake.ts';

describe('a run', () => {
  test('keeps what was measured, how long it took, and the load', async () => {
    const effects = new FakeEffects();
    await run(() => {
      effects.clock.advance(7000);
      return Promise.resolve(42);
    }, effects);
    assert.deepEqual(effects.kept[0], {
      instrument: 'fake',
      parameters: { mechanism: 'a' },
      repetition: 0,
      outcome: { kind: 'measured', value: 42 },
      at: '1970-01-01T00:00:00.000Z',
      seconds: 7,
      load: { before: 0.5, after: 0.5 },
    });
  });

  test('goes on after an error, and keeps its words', async () => {
    const { effects, kinds, summary } = await run(({ mechanism }) =>
      mechanism === 'a' ? Promise.reject(new Error('no such door')) : Promise.resolve(1),
    );
    assert.deepEqual(kinds, ['failed', 'measured']);
    assert.deepEqual(effects.kept[0]?.outcome, { kind: 'failed', message: 'no such door' });
    assert.deepEqual(summary, {
      measured: 1,
      stalled: 0,
      failed: 1,
      unavailable: 0,
      interrupted: false,
    });
  });

  test('takes a result that is not what the instrument promises for a failure', async () => {
    const { kinds } = await run(() => Promise.resolve('42' as unknown as number));
    assert.deepEqual(kinds, ['failed', 'failed']);
  });

  test('believes an instrument that says it stalled', async () => {
    const { kinds } = await run(() => Promise.reject(new Stalled('nothing moves')));
    assert.deepEqual(kinds, ['stalled', 'stalled']);
  });

  test('takes a lab that connects nobody any more for one that stalled', async () => {
    const silent = trafficError('transactions', { code: 1, signal: undefined, stderr: '' }, [
      { event: 'error', message: 'no connection within 10 s', code: 'ETIMEDOUT' },
    ]);
    const { kinds } = await run(() => Promise.reject(silent));
    assert.deepEqual(kinds, ['stalled', 'stalled']);
    const refused = trafficError('transactions', { code: 1, signal: undefined, stderr: '' }, [
      { event: 'error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
    ]);
    assert.deepEqual((await run(() => Promise.reject(refused))).kinds, ['failed', 'failed']);
  });

  test('tells after how long an instrument saw that it stalled, not how long it might have taken', async () => {
    const effects = new FakeEffects();
    await run(() => {
      effects.clock.advance(5000);
      return Promise.reject(new Stalled('nothing moves'));
    }, effects);
    assert.deepEqual(effects.kept[0]?.outcome, { kind: 'stalled', afterSeconds: 5 });
  });

  test('takes what this machine lacks for no failure', async () => {
    const { kinds, summary } = await run(() => Promise.reject(new Unavailable('no cubic')));
    assert.deepEqual(kinds, ['unavailable', 'unavailable']);
    assert.deepEqual([summary.failed, summary.unavailable], [0, 2]);
  });

  test('keeps what was measured though a lab cannot be taken down, and says so', async () => {
    const effects = new FakeEffects();
    effects.cleanUp = () => Promise.reject(new Error('it is locked'));
    const { kinds, summary } = await run(() => Promise.resolve(1), effects);
    assert.deepEqual(kinds, ['measured', 'measured']);
    assert.match(summary.notCleaned ?? '', /it is locked/);
  });

  test('ends what is over its time, and goes on even if it heeds nothing', async () => {
    const effects = new FakeEffects();
    effects.impatient = true;
    const stops: AbortSignal[] = [];
    const { kinds } = await run((_, { stop }) => {
      stops.push(stop);
      return new Promise(() => undefined);
    }, effects);
    assert.deepEqual(kinds, ['stalled', 'stalled']);
    assert.ok(stops.every(({ aborted }) => aborted));
  });

  test('gives what is computed afterwards its time, on a slow machine, too', async () => {
    const effects = new FakeEffects();
    let pauses = 0;
    const limitReached = (): Promise<void> =>
      pauses++ === 0 ? Promise.resolve() : new Promise(() => undefined);
    const { kinds } = await run(
      (_, { afterwards }) => afterwards(() => new Promise((resolve) => setTimeout(resolve, 5, 1))),
      Object.assign(effects, { pause: limitReached }),
      undefined,
      { mechanisms: ['a'] },
    );
    assert.deepEqual(kinds, ['measured']);
  });

  test('ends what computes for ever', async () => {
    const effects = new FakeEffects();
    effects.impatient = true;
    const { kinds } = await run(
      (_, { afterwards }) => afterwards(() => new Promise(() => undefined)),
      effects,
    );
    assert.deepEqual(kinds, ['stalled', 'stalled']);
  });

  test('takes labs down after each measurement, however it ended', async () => {
    const { effects } = await run(() => Promise.reject(new Error('no')));
    assert.deepEqual(effects.cleaned, ['eval', 'eval']);
  });

  test('that is stopped keeps what was finished, and cleans up', async () => {
    const interruption = new AbortController();
    const effects = new FakeEffects();
    const { kinds, summary } = await run(
      ({ mechanism }, { stop }) => {
        if (mechanism === 'a') return Promise.resolve(1);
        return new Promise((_, reject) => {
          stop.addEventListener('abort', () => {
            reject(new Error('stopped'));
          });
          interruption.abort();
        });
      },
      effects,
      interruption.signal,
    );
    assert.deepEqual(kinds, ['measured']);
    assert.equal(summary.interrupted, true);
    assert.deepEqual(effects.cleaned, ['eval', 'eval']);
  });

  test('says how much time is left, which shrinks to nothing', async () => {
    const effects = new FakeEffects();
    await run(() => {
      effects.clock.advance(30_000);
      return Promise.resolve(1);
    }, effects);
    assert.deepEqual(effects.left, [20, 30, 30, 0]);
  });
});
