/**
 * When each message of a stream is due: message i at `start + i / rate`, independent of when earlier
 * ones could be sent. A stream that is held up therefore catches up and its delays count from the
 * due time – what the person at the other end waits for – so that a pause is never under-reported
 * by a sender that was itself held back ("coordinated omission").
 */

import { NS_PER_SECOND, type Nanoseconds } from './monotonic.ts';

export type Schedule = {
  readonly startNs: Nanoseconds;
  /** Messages per second. */
  readonly rate: number;
  /** Number of messages in all. */
  readonly total: number;
};

export function totalMessages(rate: number, seconds: number): number {
  return Math.max(1, Math.round(rate * seconds));
}

/** Due time of message `index`, counted from 0. */
export function dueNs(schedule: Schedule, index: number): Nanoseconds {
  return schedule.startNs + Math.round((index * NS_PER_SECOND) / schedule.rate);
}

/** How many messages are due at `now`: all with an index below the result. */
export function dueCount(schedule: Schedule, now: Nanoseconds): number {
  if (now < schedule.startNs) return 0;
  const count = Math.floor(((now - schedule.startNs) * schedule.rate) / NS_PER_SECOND) + 1;
  return Math.min(count, schedule.total);
}
