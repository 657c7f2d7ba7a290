/**
 * Goodput over time, and T-throughput: how long until it is what it should be.
 *
 * Always holds: only new data counts, by the time of its arrival. Definitions, and how much they
 * matter: docs/metrics.md.
 */
import type { Time } from './packet.ts';

export interface ThroughputRule {
  /** Seconds over which a rate is taken. */
  readonly window: number;
  /** Share of the reference that counts as restored. */
  readonly threshold: number;
}

export const THROUGHPUT_RULE: ThroughputRule = { window: 0.1, threshold: 0.9 };

/** Seconds for which it must stay restored. */
export const HOLD = 2;
/** Of the time before the outage, and of the end of a phase, which are the references. */
const REFERENCE = 2;
/** Steps per window. */
const STEPS = 10;
/** Windows of which the median is a reference. */
const LEAST_WINDOWS = 3;
/** Windows that must be left of a phase, where it ends before {@link HOLD}. */
const LEAST_LEFT = 5;

/** Seconds of a phase from which on it has a reference. */
export function leastPhase(window: number): number {
  return 2 * LEAST_WINDOWS * window;
}

/** Seconds from which on a phase can show that a rate stays. */
export function leastShown(window: number): number {
  return (LEAST_LEFT + 1) * window;
}

export class Goodput {
  readonly #times: Float64Array;
  /** Bytes before each. */
  readonly #sums: Float64Array;

  /** @param arrivals in order of time. */
  constructor(arrivals: readonly { time: Time; start: number; end: number }[]) {
    this.#times = Float64Array.from(arrivals, ({ time }) => time);
    this.#sums = new Float64Array(arrivals.length + 1);
    arrivals.forEach(({ start, end }, index) => {
      this.#sums[index + 1] = (this.#sums[index] ?? 0) + end - start;
    });
  }

  /** Bytes in [from, to). */
  bytes(from: Time, to: Time): number {
    return (this.#sums[this.#before(to)] ?? 0) - (this.#sums[this.#before(from)] ?? 0);
  }

  /** Bits per second in [from, to). */
  rate(from: Time, to: Time): number {
    return (8 * this.bytes(from, to)) / (to - from);
  }

  #before(time: Time): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A time in which nothing changes: before the outage, the outage, after it. */
export interface Phase {
  readonly from: Time;
  readonly until: Time;
}

/** The usual rate at the end of a phase, bits per second; undefined: it is too short. */
export function referenceRate(
  goodput: Goodput,
  { from, until }: Phase,
  { window }: ThroughputRule,
): number | undefined {
  const begin = Math.max((from + until) / 2, until - REFERENCE);
  const count = Math.floor((until - begin) / window);
  if (count < LEAST_WINDOWS) return undefined;
  const rates = Array.from({ length: count }, (_, index) =>
    goodput.rate(begin + index * window, begin + (index + 1) * window),
  );
  return rates.toSorted((one, other) => one - other)[Math.floor(count / 2)];
}

/** Seconds from the phase's beginning until the rate stays; undefined: it does not in this phase. */
export function restoredAfter(
  goodput: Goodput,
  phase: Phase,
  reference: number,
  { window, threshold }: ThroughputRule,
): number | undefined {
  const step = window / STEPS;
  const count = Math.floor((phase.until - phase.from - window) / step + 1e-6) + 1;
  const hold = Math.ceil(HOLD / step);
  // Something must be left that can show that it stays.
  const least = LEAST_LEFT * STEPS;
  let good = 0;
  let since: number | undefined;
  for (let index = 0; index < count; index += 1) {
    const from = phase.from + index * step;
    if (goodput.rate(from, from + window) < threshold * reference) {
      [good, since] = [0, undefined];
      continue;
    }
    since ??= index;
    good += 1;
    if (good >= hold) return since * step;
  }
  return since !== undefined && good >= least ? since * step : undefined;
}
