/** Instruments and experiments for tests: nothing is measured, and time passes as it is told to. */
import { z } from 'zod';

import { task } from '../../../src/evaluate/experiment.ts';
import type {
  Experiment,
  Instrument,
  MeasureContext,
  Task,
} from '../../../src/evaluate/experiment.ts';
import { runMeasurements } from '../../../src/evaluate/run.ts';
import type { RunEffects, RunSummary } from '../../../src/evaluate/run.ts';
import { planMeasurements } from '../../../src/evaluate/run-plan.ts';
import type { MeasurementRecord } from '../../../src/evaluate/record.ts';
import type { Measurement } from '../../../src/evaluate/measurement.ts';
import { idOf } from '../../../src/evaluate/measurement.ts';
import { ManualClock } from '../../../src/lib/clock.ts';

export type FakeParameters = { readonly mechanism: string; readonly size?: number };

export function fakeInstrument(
  measure: (parameters: FakeParameters, context: MeasureContext) => Promise<number>,
  {
    name = 'fake',
    estimate = 10,
    width = 1,
  }: { name?: string; estimate?: number; width?: number } = {},
): Instrument<FakeParameters, number> {
  const sideBySide = (): number => width;
  return { name, result: z.number(), estimate: () => estimate, sideBySide, measure };
}

export function fakeExperiment(name: string, tasks: readonly Task[]): Experiment {
  return {
    name,
    title: `The title of ${name}`,
    about: `about ${name}`,
    tasks: () => tasks,
    present: () => ({ method: 'none', tables: [], charts: [], remarks: [], targets: [] }),
  };
}

/** Keeps everything in memory; its time stands still but for what a test lets pass. */
export class FakeEffects implements RunEffects {
  readonly clock = new ManualClock();
  readonly lab = 'eval';
  readonly kept: MeasurementRecord[] = [];
  readonly shown: string[] = [];
  readonly left: number[] = [];
  /** The names of labs that were cleaned up. */
  readonly cleaned: string[] = [];
  /** Whether pauses are over at once: every limit is reached. */
  impatient = false;

  readonly pause = (seconds: number): Promise<void> => {
    if (!this.impatient) return new Promise(() => undefined);
    this.clock.advance(seconds * 1000);
    return Promise.resolve();
  };

  cleanUp(lab: string): Promise<void> {
    this.cleaned.push(lab);
    return Promise.resolve();
  }

  load(): number {
    return 0.5;
  }

  freshDirectory(measurement: Measurement): Promise<string> {
    return Promise.resolve(`/fake/${idOf(measurement)}`);
  }

  dropIfEmpty(): Promise<void> {
    return Promise.resolve();
  }

  keep(record: MeasurementRecord): Promise<void> {
    this.kept.push(record);
    return Promise.resolve();
  }

  show({ words, left }: { words: string; left: number }): void {
    if (words !== '') this.shown.push(words);
    this.left.push(left);
  }
}

export type Measure = (parameters: FakeParameters, context: MeasureContext) => Promise<number>;

/** A run of one measurement per mechanism; `kinds` of the outcomes that were kept. */
export async function runFake(
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
