/**
 * Makes measurements one after the other and keeps each as soon as it is made.
 *
 * Always holds: whatever one measurement does, the next one is made; when the run is stopped, all that
 * was made is kept, what was not finished is not, and no lab is left behind.
 */
import type { Clock } from '../lib/clock.ts';
import type { Outcome } from './experiment.ts';
import { measureOnce } from './measure-once.ts';
import type { Pause } from './measure-once.ts';
import type { Measurement } from './measurement.ts';
import { estimateOf, Pace } from './pace.ts';
import type { MeasurementRecord } from './record.ts';
import { timeLimit } from './run-plan.ts';

/** What a run does to the world. */
export interface RunEffects {
  readonly clock: Clock;
  readonly pause: Pause;
  /** How the labs of measurements are called. */
  readonly lab: string;
  /** Takes down whatever labs of that name are left. */
  cleanUp(): Promise<void>;
  /** Of one minute. */
  load(): number;
  freshDirectory(measurement: Measurement): Promise<string>;
  dropIfEmpty(directory: string): Promise<void>;
  keep(record: MeasurementRecord): Promise<void>;
  show(progress: Progress): void;
}

export interface Progress {
  readonly measurement: Measurement;
  /** From 1. */
  readonly position: number;
  readonly count: number;
  /** Seconds since the run began, and expected until its end. */
  readonly elapsed: number;
  readonly left: number;
  /** What the instrument says, or how it ended. */
  readonly words: string;
  readonly outcome?: Outcome<unknown>;
}

export interface RunSummary {
  readonly measured: number;
  readonly stalled: number;
  readonly failed: number;
  readonly unavailable: number;
  readonly interrupted: boolean;
  /** Why a lab may be left, if the last cleaning up did not succeed. */
  readonly notCleaned?: string;
}

/** Seconds that a measurement has to clean up when its time is over. */
const GRACE = 30;

/** @param pace what is known of how long things take; it learns */
export async function runMeasurements(
  measurements: readonly Measurement[],
  effects: RunEffects,
  stop: AbortSignal,
  pace = new Pace(),
): Promise<RunSummary> {
  const began = effects.clock.monotonic();
  const counts = { measured: 0, stalled: 0, failed: 0, unavailable: 0 };
  let notCleaned: string | undefined;
  const cleanUp = async (): Promise<void> => {
    // What was measured is none the worse for it, and the next time may succeed.
    notCleaned = await effects.cleanUp().then(() => undefined, String);
  };
  for (const [index, measurement] of measurements.entries()) {
    if (stop.aborted) break;
    const rest = measurements.slice(index);
    const started = effects.clock.monotonic();
    const show = (words: string, outcome?: Outcome<unknown>): void => {
      const now = effects.clock.monotonic();
      const inThis = (now - started) / 1000;
      effects.show({
        ...{ measurement, position: index + 1, count: measurements.length, words },
        elapsed: (now - began) / 1000,
        left:
          outcome === undefined ? Math.max(0, pace.left(rest) - inThis) : pace.left(rest.slice(1)),
        ...(outcome === undefined ? {} : { outcome }),
      });
    };
    const record = await make(measurement, effects, stop, { show, cleanUp });
    if (record === undefined) break;
    pace.took(measurement, record.seconds);
    counts[record.outcome.kind] += 1;
    show(inWords(record), record.outcome);
  }
  return {
    ...counts,
    interrupted: stop.aborted,
    ...(notCleaned === undefined ? {} : { notCleaned }),
  };
}

/** @returns undefined when it was stopped before there was an outcome */
async function make(
  measurement: Measurement,
  effects: RunEffects,
  stop: AbortSignal,
  { show: say, cleanUp }: { show: (words: string) => void; cleanUp: () => Promise<void> },
): Promise<MeasurementRecord | undefined> {
  const { clock } = effects;
  const at = new Date(clock.wall()).toISOString();
  const before = effects.load();
  const started = clock.monotonic();
  say('');
  const directory = await effects.freshDirectory(measurement);
  const { lab, pause } = effects;
  const context = { directory, stop, say, lab, repetition: measurement.repetition };
  const limits = { seconds: timeLimit(estimateOf(measurement)), grace: GRACE, pause, clock };
  const outcome = await measureOnce(measurement, context, limits);
  await cleanUp();
  await effects.dropIfEmpty(directory);
  if (outcome === undefined) return undefined;
  const record: MeasurementRecord = {
    instrument: measurement.instrument.name,
    parameters: measurement.parameters,
    repetition: measurement.repetition,
    outcome,
    at,
    seconds: (clock.monotonic() - started) / 1000,
    load: { before, after: effects.load() },
  };
  await effects.keep(record);
  return record;
}

function inWords({ outcome, seconds }: MeasurementRecord): string {
  switch (outcome.kind) {
    case 'measured':
      return `done in ${seconds.toFixed(0)} s`;
    case 'stalled':
      return `stalled: ended after ${seconds.toFixed(0)} s`;
    case 'failed':
      return `failed: ${outcome.message}`;
    case 'unavailable':
      return `not on this machine: ${outcome.reason}`;
  }
}
