/** From the clock of loads and faults to that of captures. */
import { systemClock } from '../../lib/clock.ts';
import type { Milliseconds } from '../../net/duration.ts';

/** Seconds since 1970 of a moment of CLOCK_MONOTONIC, to a fraction of a millisecond. */
export function epochOf(monotonic: Milliseconds): number {
  const last = systemClock.wall();
  // The clock of the day has milliseconds only, so its next tick is waited for.
  let now = last;
  while (now === last) now = systemClock.wall();
  return (now - (systemClock.monotonic() - monotonic)) / 1000;
}
