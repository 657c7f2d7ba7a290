/**
 * Clock: the two times there are. Monotonic for measuring and deciding, wall for telling people.
 *
 * Always: `monotonic()` never goes back and is not moved by NTP or `date`. It is the kernel's
 * CLOCK_MONOTONIC, so figures of several processes on one machine can be compared and subtracted
 * (`performance.now()` counts from the start of its own process, so they could not). Pure code
 * takes `now` as an argument; only code at the rim asks a Clock.
 */
export interface Clock {
  /** Milliseconds of CLOCK_MONOTONIC, with fractions; its zero means nothing. */
  monotonic(): number;
  /** Milliseconds since 1970 (UTC); may jump either way. */
  wall(): number;
}

export const systemClock: Clock = {
  monotonic() {
    // Two halves instead of hrtime.bigint(): nanoseconds in one double lose digits after 104 days
    // of uptime, and this allocates no bigint.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  wall: () => Date.now(),
};

/** A clock that stands still until it is told otherwise, for tests and for replaying a record. */
export class ManualClock implements Clock {
  #monotonic: number;
  #wall: number;

  constructor(start: { readonly monotonic?: number; readonly wall?: number } = {}) {
    this.#monotonic = start.monotonic ?? 0;
    this.#wall = start.wall ?? 0;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  /** Lets time pass on both. */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) {
      throw new RangeError(`Time passes forwards only, not by ${milliseconds} ms.`);
    }
    this.#monotonic += milliseconds;
    this.#wall += milliseconds;
  }

  /** Sets the wall clock as NTP or a person would; monotonic time does not notice. */
  setWall(milliseconds: number): void {
    this.#wall = milliseconds;
  }
}
