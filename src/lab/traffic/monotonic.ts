/**
 * The one clock of all loads: CLOCK_MONOTONIC in nanoseconds. Namespaces of one machine share it,
 * so a time taken at the sender and one taken at the receiver may be subtracted. A number holds it
 * exactly for the first 104 days after boot (2^53 ns), and to 2 ns thereafter.
 */

export type Nanoseconds = number;

export const NS_PER_MS = 1e6;
export const NS_PER_SECOND = 1e9;

export function monotonicNs(): Nanoseconds {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * NS_PER_SECOND + nanoseconds;
}

/** Nanoseconds as milliseconds with three decimals: what reports print. */
export function toMs(ns: Nanoseconds): number {
  return Math.round(ns / 1e3) / 1e3;
}

/** Nanoseconds as seconds with three decimals. */
export function toSeconds(ns: Nanoseconds): number {
  return Math.round(ns / 1e6) / 1e3;
}
