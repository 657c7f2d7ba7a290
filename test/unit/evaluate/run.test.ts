/** How a run of measurements goes on, whatever single measurements do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Stalled, task, Unavailable } from '../../../src/evaluate/experiment.ts';
import type { MeasureContext } from '../../../src/evaluate/experiment.ts';
import { runMeasurements } from '../../../src/evaluate/run.ts';
import type { RunSummary } from '../../../src/evaluate/run.ts';
import { planMeasurements } from '../../../src/evaluate/run-plan.ts';
import { trafficError } from '../../../src/lab/traffic/traffic-error.ts';
import { fakeExperiment, fakeInstrument, FakeEffects } from './fake.ts';
import type { FakeParameters } from './fake.ts';

type Measure = (parameters: FakeParameters, context: MeasureContext) => Promise<number>;

async function run(
  measure: Measure,
  effects = new FakeEffects(),
  stop = new AbortController().signal,
  { width = 1, mechanisms = ['a', 'b'] } = {},
): Promise<{ effects: FakeEffects; summary: RunSummary; kinds: readonly string[] }> {
  const instrument = fakeInstrument(measure, { width });
  const tasks = mechanisms.map((mechanism) => task(instrument, { mechanism }, 1));
  const plan = planMeasurements([fakeExperiment('one', tasks)], { scale: 'full' });
  const summary = await runMeasurements(plan, effects, stop);
  return { effects, summary, kinds: effects.kept.map(({ outcome }) => outcome.kind) };
}

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
