/**
 * How far a run is: what is under way, what is still to come, and how long that takes.
 *
 * Always holds: the time left counts what is under way by what it still needs, and is nothing when all
 * is done.
 */
import type { Clock } from '../lib/clock.ts';
import type { Outcome } from './experiment.ts';
import type { Measurement } from './measurement.ts';
import { widthOf } from './pace.ts';
import type { Pace } from './pace.ts';

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

interface Shown {
  readonly clock: Clock;
  show(progress: Progress): void;
}

export class Remaining {
  readonly #all: readonly Measurement[];
  readonly #shown: Shown;
  readonly #pace: Pace;
  readonly #began: number;
  readonly #waiting: Set<Measurement>;
  /** When they began. */
  readonly #underWay = new Map<Measurement, number>();

  constructor(all: readonly Measurement[], shown: Shown, pace: Pace) {
    this.#all = all;
    this.#shown = shown;
    this.#pace = pace;
    this.#began = shown.clock.monotonic();
    this.#waiting = new Set(all);
  }

  /** @returns says how it goes on, and how it ended */
  begin(measurement: Measurement): (words: string, outcome?: Outcome<unknown>) => void {
    this.#waiting.delete(measurement);
    this.#underWay.set(measurement, this.#shown.clock.monotonic());
    const position = this.#all.indexOf(measurement) + 1;
    return (words, outcome) => {
      this.#shown.show({
        ...{ measurement, position, count: this.#all.length, words },
        ...{ elapsed: this.#secondsSince(this.#began), left: this.#left() },
        ...(outcome === undefined ? {} : { outcome }),
      });
    };
  }

  /** @param seconds that it took */
  end(measurement: Measurement, seconds: number): void {
    this.#underWay.delete(measurement);
    this.#pace.took(measurement, seconds);
  }

  #left(): number {
    const begun = [...this.#underWay].map(([measurement, at]) => {
      const expected = this.#pace.expects(measurement) - this.#secondsSince(at);
      return Math.max(0, expected) / widthOf(measurement);
    });
    return begun.reduce((sum, one) => sum + one, this.#pace.left([...this.#waiting]));
  }

  #secondsSince(at: number): number {
    return (this.#shown.clock.monotonic() - at) / 1000;
  }
}
