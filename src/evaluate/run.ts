/**
 * Makes measurements in their turns and keeps each as soon as it is made.
 *
 * Always holds: whatever one measurement does, the next one is made; when the run is stopped, all that
 * was made is kept, what was not finished is not, and no lab is left behind.
 */
import type { Clock } from '../lib/clock.ts';
import { Mutex } from '../lib/mutex.ts';
import type { MeasureContext } from './experiment.ts';
import { measureOnce } from './measure-once.ts';
import type { Pause } from './measure-once.ts';
import type { Measurement } from './measurement.ts';
import { estimateOf, Pace } from './pace.ts';
import type { MeasurementRecord } from './record.ts';
import { Remaining } from './remaining.ts';
import type { Progress } from './remaining.ts';
import { timeLimit } from './run-plan.ts';
import { turnsOf } from './turns.ts';
import type { Turn } from './turns.ts';

/** What a run does to the world. */
export interface RunEffects {
  readonly clock: Clock;
  readonly pause: Pause;
  /** How the labs of measurements are called, or how their names begin. */
  readonly lab: string;
  /** Takes down whatever labs are left of that name, or of one that begins with it. */
  cleanUp(lab: string): Promise<void>;
  /** Of one minute. */
  load(): number;
  freshDirectory(measurement: Measurement): Promise<string>;
  dropIfEmpty(directory: string): Promise<void>;
  keep(record: MeasurementRecord): Promise<void>;
  show(progress: Progress): void;
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
/** Milliseconds that one waits for another that sets up its lab; more than any takes. */
const SET_UP_PATIENCE = 60_000;

/** @param pace what is known of how long things take; it learns */
export async function runMeasurements(
  measurements: readonly Measurement[],
  effects: RunEffects,
  stop: AbortSignal,
  pace = new Pace(),
): Promise<RunSummary> {
  const counts = { measured: 0, stalled: 0, failed: 0, unavailable: 0 };
  const notCleaned = new Map<string, string>();
  const cleanUp = async (lab: string): Promise<void> => {
    // What was measured is none the worse for it, and the next time may succeed.
    await effects.cleanUp(lab).then(
      () => notCleaned.delete(lab),
      (error: unknown) => notCleaned.set(lab, String(error)),
    );
  };
  const remaining = new Remaining(measurements, effects, pace);
  const settingUp = new Mutex(SET_UP_PATIENCE);
  for (const turn of turnsOf(measurements)) {
    await inTurn(turn, effects.lab, async (measurement, lab) => {
      if (stop.aborted) return;
      const show = remaining.begin(measurement);
      const own = { lab, settingUp, say: show, cleanUp: () => cleanUp(lab) };
      const record = await make(measurement, effects, stop, own);
      if (record === undefined) return;
      counts[record.outcome.kind] += 1;
      remaining.end(measurement, record.seconds);
      show(inWords(record), record.outcome);
    });
  }
  const [left] = notCleaned.values();
  return {
    ...counts,
    interrupted: stop.aborted,
    ...(left === undefined ? {} : { notCleaned: left }),
  };
}

/**
 * As many at once as the turn allows, each with a lab name that no other has meanwhile.
 *
 * @throws what the first that went wrong threw, when those under way are over; no other is begun
 */
async function inTurn(
  { width, measurements }: Turn,
  lab: string,
  work: (measurement: Measurement, lab: string) => Promise<void>,
): Promise<void> {
  const waiting = [...measurements];
  const worker = async (name: string): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await work(next, name);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(
    Array.from({ length: width }, (_, slot) => worker(width === 1 ? lab : `${lab}-${slot + 1}`)),
  );
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** What a measurement is given. */
interface Own {
  readonly lab: string;
  /** Of all. */
  readonly settingUp: Mutex;
  cleanUp(): Promise<void>;
  say(words: string): void;
}

/** @returns undefined when it was stopped before there was an outcome */
async function make(
  measurement: Measurement,
  effects: RunEffects,
  stop: AbortSignal,
  own: Own,
): Promise<MeasurementRecord | undefined> {
  const { clock } = effects;
  const at = new Date(clock.wall()).toISOString();
  const before = effects.load();
  const started = clock.monotonic();
  own.say('');
  const directory = await effects.freshDirectory(measurement);
  const context: Omit<MeasureContext, 'afterwards'> = {
    ...{ directory, stop, lab: own.lab, repetition: measurement.repetition },
    exclusively: (work) => own.settingUp.exclusively(work),
    say: (words) => {
      own.say(words);
    },
  };
  const seconds = timeLimit(estimateOf(measurement));
  const limits = { seconds, grace: GRACE, pause: effects.pause, clock };
  const outcome = await measureOnce(measurement, context, limits);
  await own.cleanUp();
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
