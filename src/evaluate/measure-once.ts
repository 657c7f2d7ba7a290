/**
 * One measurement, within its time.
 *
 * Always holds: it comes to an outcome, or to nothing when the whole run is stopped; an instrument that
 * heeds nothing is left behind after a grace, so that a run never hangs.
 */
import type { Clock } from '../lib/clock.ts';
import { messageOf, WamptcpError } from '../lib/errors.ts';
import { Stalled, Unavailable } from './experiment.ts';
import type { MeasureContext, Outcome } from './experiment.ts';
import type { Measurement } from './measurement.ts';

/** Resolves after so many seconds, and also when `stop` is aborted. */
export type Pause = (seconds: number, stop: AbortSignal) => Promise<void>;

export interface Limits {
  /** Seconds until it counts as stalled. */
  readonly seconds: number;
  /** Seconds that it then has to clean up, or to end after it has computed. */
  readonly grace: number;
  readonly pause: Pause;
  readonly clock: Clock;
}

/** @returns undefined when `context.stop` was aborted before there was an outcome */
export async function measureOnce(
  { instrument, parameters }: Measurement,
  context: Omit<MeasureContext, 'afterwards'>,
  limits: Limits,
): Promise<Outcome<unknown> | undefined> {
  const started = limits.clock.monotonic();
  const ending = new AbortController();
  const stop = AbortSignal.any([context.stop, ending.signal]);
  let computed: Promise<unknown> | undefined;
  const afterwards = <T>(work: () => Promise<T>): Promise<T> => {
    const result = work();
    computed = result.catch(() => undefined);
    return result;
  };
  const ended = settled(async () => {
    const value = await instrument.measure(parameters, { ...context, stop, afterwards });
    return instrument.result.parse(value);
  });
  const done = new AbortController();
  const timeOver = async (): Promise<void> => {
    await limits.pause(limits.seconds, done.signal);
    if (computed === undefined) return;
    const computedAndOver = computed.then(() => limits.pause(limits.grace, done.signal));
    await Promise.race([computedAndOver, limits.pause(limits.seconds, done.signal)]);
  };
  const late = Promise.race([timeOver(), aborted(context.stop, done.signal)]);
  const first = await Promise.race([ended, late]);
  done.abort();
  const elapsed = (limits.clock.monotonic() - started) / 1000;
  if (first !== undefined) return context.stop.aborted ? undefined : outcomeOf(first, elapsed);
  ending.abort(new Stalled(`not done after ${limits.seconds} s`));
  const graceOver = new AbortController();
  await Promise.race([ended, limits.pause(limits.grace, graceOver.signal)]);
  graceOver.abort();
  if (context.stop.aborted) return undefined;
  return { kind: 'stalled', afterSeconds: Math.round(limits.seconds) };
}

type Ended = { readonly value: unknown } | { readonly error: unknown };

/** Never rejects, so that it can be left behind. */
async function settled(work: () => Promise<unknown>): Promise<Ended> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/** @param elapsed seconds until it ended by itself */
function outcomeOf(ended: Ended, elapsed: number): Outcome<unknown> {
  if ('value' in ended) return { kind: 'measured', value: ended.value };
  const { error } = ended;
  if (error instanceof Stalled || isSilence(error)) {
    return { kind: 'stalled', afterSeconds: elapsed };
  }
  if (error instanceof Unavailable) return { kind: 'unavailable', reason: error.message };
  return { kind: 'failed', message: wordsOf(error) };
}

/** The lab was ready before: what connects nobody any more stands still. */
function isSilence(error: unknown): boolean {
  return error instanceof WamptcpError && error.code === 'TRAFFIC_NO_CONNECTION';
}

function wordsOf(error: unknown): string {
  if (error instanceof WamptcpError) return `${error.message} (${error.code})`;
  return messageOf(error);
}

/** Resolves when `signal` is aborted; the listener goes with `done`. */
function aborted(signal: AbortSignal, done: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const heard = (): void => {
      resolve();
    };
    signal.addEventListener('abort', heard, { once: true, signal: done });
  });
}
