/**
 * How long the rest of a run will take: what instruments say, corrected by what measurements took.
 *
 * Always holds: a measurement that was made before is expected to take as long again; another one of
 * the same instrument is off by as much as those before were, together. What is made side by side
 * takes its part of the time.
 */
import { keyOf } from './measurement.ts';
import type { Measurement } from './measurement.ts';

interface Total {
  readonly estimated: number;
  readonly taken: number;
  readonly count: number;
}

const NOTHING: Total = { estimated: 0, taken: 0, count: 0 };

export class Pace {
  readonly #byKey = new Map<string, Total>();
  readonly #byInstrument = new Map<string, Total>();
  #all = NOTHING;

  /** @param seconds that the measurement took, however it ended */
  took(measurement: Measurement, seconds: number): void {
    const estimated = estimateOf(measurement);
    const withThis = (total = NOTHING): Total => ({
      estimated: total.estimated + estimated,
      taken: total.taken + seconds,
      count: total.count + 1,
    });
    const key = keyOf(measurement);
    const { name } = measurement.instrument;
    this.#byKey.set(key, withThis(this.#byKey.get(key)));
    this.#byInstrument.set(name, withThis(this.#byInstrument.get(name)));
    this.#all = withThis(this.#all);
  }

  /** Seconds. */
  expects(measurement: Measurement): number {
    const same = this.#byKey.get(keyOf(measurement));
    if (same !== undefined) return same.taken / same.count;
    const like = this.#byInstrument.get(measurement.instrument.name) ?? this.#all;
    const factor = like.estimated > 0 ? like.taken / like.estimated : 1;
    return estimateOf(measurement) * factor;
  }

  /** Seconds. */
  left(rest: readonly Measurement[]): number {
    return rest.reduce((total, one) => total + this.expects(one) / widthOf(one), 0);
  }
}

/** How many like it are measured at once. */
export function widthOf({ instrument, parameters }: Measurement): number {
  return instrument.sideBySide?.(parameters) ?? 1;
}

export function estimateOf({ instrument, parameters }: Measurement): number {
  return instrument.estimate(parameters);
}
