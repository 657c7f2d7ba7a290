/**
 * When the site is compared with the machine: every few seconds whatever happened, and soon after the
 * kernel has told of a change.
 *
 * Always holds: no effects; times are monotonic milliseconds and given by the caller. However many
 * changes come, a comparison begins at most {@link LONGEST_SETTLE_MS} after the first of them, unless
 * the one before has only just ended.
 */

import { FIRST_RETRY_MS, retryPause } from '../lib/retry-pause.ts';

/** Changes of links come in bursts. */
export const SETTLE_MS = 100;

/** A container that restarts without end makes bursts without end. */
export const LONGEST_SETTLE_MS = 500;

/** What the kernel does not tell, and what was lost on the way, is found within this time. */
export const PERIOD_MS = 2000;

/** On a large hub or a busy machine a comparison takes long: then it is made less often, within bounds. */
const IDLE_SHARE = 4;
const LONGEST_PERIOD_MS = 10_000;

export class ComparisonSchedule {
  #firstChange: number | undefined;
  #lastChange = 0;
  #began = 0;
  #notBefore = 0;
  #periodic: number;
  #failures = 0;

  constructor(now: number) {
    this.#periodic = now + PERIOD_MS;
  }

  /** Something that may matter has changed on the machine. */
  changed(now: number): void {
    this.#firstChange ??= now;
    this.#lastChange = now;
  }

  /** Changes from now on are not in the comparison that begins. */
  began(now: number): void {
    this.#began = now;
    this.#firstChange = undefined;
  }

  /** @param failed it could not be made, or something else than a part of the site is missing. */
  ended(now: number, failed: boolean): void {
    const lasted = now - this.#began;
    this.#failures = failed ? this.#failures + 1 : 0;
    const pause = Math.min(LONGEST_PERIOD_MS, Math.max(PERIOD_MS, IDLE_SHARE * lasted));
    this.#periodic = now + (failed ? retryPause(this.#failures) : pause);
    // Half of the time at most, even where something happens without end.
    this.#notBefore = now + (failed ? FIRST_RETRY_MS : lasted);
  }

  /** The next comparison is due then. */
  due(): number {
    if (this.#firstChange === undefined) return this.#periodic;
    const settled = Math.min(this.#lastChange + SETTLE_MS, this.#firstChange + LONGEST_SETTLE_MS);
    return Math.min(this.#periodic, Math.max(settled, this.#notBefore));
  }
}
