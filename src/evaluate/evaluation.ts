/**
 * One run of experiments: what is missing is measured, in its order, and kept.
 *
 * Always holds: what was measured before, and all that this run makes, is in the store when it ends,
 * however it ends; of its labs nothing is left.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { labDown } from '../lab/lab.ts';
import { recordedLabs } from '../lab/record.ts';
import { systemClock } from '../lib/clock.ts';
import type { Experiment, Scale } from './experiment.ts';
import { idOf } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { Pace } from './pace.ts';
import { needNotBeMeasured, recordId } from './record.ts';
import type { MeasurementRecord } from './record.ts';
import { missing, planMeasurements } from './run-plan.ts';
import { runMeasurements } from './run.ts';
import type { Progress } from './remaining.ts';
import type { RunEffects, RunSummary } from './run.ts';
import type { ResultStore } from './store.ts';

export interface PlanOptions {
  readonly scale: Scale;
  /** Measure again what is there. */
  readonly fresh: boolean;
  /** Instead of what each experiment wants. */
  readonly repetitions?: number | undefined;
}

export interface RunOptions {
  readonly stop: AbortSignal;
  readonly show: (progress: Progress) => void;
  /** What every record keeps of where it comes from. */
  readonly origin: Pick<MeasurementRecord, 'commit' | 'machine'>;
  /** Right before the first measurement of this run is kept; never, if none is. */
  readonly begin: () => Promise<void>;
}

export interface Planned {
  readonly wanted: readonly Measurement[];
  /** Of these, what has to be measured. */
  readonly missing: readonly Measurement[];
  /** Seconds, roughly. */
  readonly estimate: number;
}

/** Labs of two runs at once have different names. */
const LAB = `eval-${process.pid}`;

export function planEvaluation(
  experiments: readonly Experiment[],
  kept: readonly MeasurementRecord[],
  { scale, fresh, repetitions }: PlanOptions,
): Planned {
  const wanted = planMeasurements(experiments, { scale, repetitions });
  const byId = new Map(kept.map((record) => [recordId(record), record]));
  const there = wanted.filter((measurement) => {
    const record = byId.get(idOf(measurement));
    return record !== undefined && needNotBeMeasured(record, measurement);
  });
  const left = fresh ? wanted : missing(wanted, new Set(there.map(idOf)));
  return { wanted, missing: left, estimate: new Pace().left(left) };
}

export async function evaluate(
  { wanted, missing: left }: Planned,
  kept: readonly MeasurementRecord[],
  store: ResultStore,
  options: RunOptions,
): Promise<RunSummary> {
  const effects = effectsOn(store, options);
  return await runMeasurements(left, effects, options.stop, paceOf(wanted, kept));
}

/** What earlier runs tell of how long things take. */
function paceOf(wanted: readonly Measurement[], kept: readonly MeasurementRecord[]): Pace {
  const pace = new Pace();
  const byId = new Map(kept.map((record) => [recordId(record), record]));
  for (const measurement of wanted) {
    const record = byId.get(idOf(measurement));
    if (record !== undefined) pace.took(measurement, record.seconds);
  }
  return pace;
}

function effectsOn(store: ResultStore, { show, origin, begin }: RunOptions): RunEffects {
  let begun: Promise<void> | undefined;
  return {
    clock: systemClock,
    lab: LAB,
    show,
    pause: async (seconds, stop) => {
      await sleep(seconds * 1000, undefined, { signal: stop }).catch(() => undefined);
    },
    cleanUp: async (lab) => {
      const ours = (await recordedLabs()).filter(
        (name) => name === lab || name.startsWith(`${lab}-`),
      );
      for (const name of ours) await labDown(name);
    },
    load: () => loadavg()[0] ?? NaN,
    freshDirectory: (measurement) => store.freshDirectory(measurement),
    dropIfEmpty: (directory) => store.dropIfEmpty(directory),
    keep: async (record) => {
      await (begun ??= begin());
      await store.write({ ...record, ...origin });
    },
  };
}
