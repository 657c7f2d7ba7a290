/**
 * When the bytes of a connection arrived, and when the receiving program could have them.
 *
 * Always holds: each byte arrives once; what arrives again is a duplicate. Bytes that the capture
 * never shows (it began later, or packets were lost to it) are passed over, and hold nobody up.
 */
import type { FlowData, Piece } from './data.ts';
import { IntervalSet, totalLength } from './interval-set.ts';
import type { Interval } from './interval-set.ts';
import type { Time } from './packet.ts';

export interface Arrival extends Interval {
  readonly time: Time;
  readonly subflow: number;
}

export interface Delivered extends Arrival {
  /** When all bytes before it were there, too. */
  readonly delivered: Time;
}

export interface Arrivals {
  /** Of new bytes, in order of time. */
  readonly fresh: readonly Arrival[];
  /** Bytes that were there already, by subflow. */
  readonly duplicates: readonly number[];
  /** Bytes between the first and the last that never came. */
  readonly missing: number;
}

export function arrivalsOf({ pieces, subflows }: FlowData): Arrivals {
  const set = new IntervalSet();
  const duplicates = subflows.map(() => 0);
  const fresh: Arrival[] = [];
  for (const { start, end, time, subflow } of pieces) {
    const parts = set.add({ start, end });
    for (const part of parts) fresh.push({ start: part.start, end: part.end, time, subflow });
    const again = end - start - totalLength(parts);
    duplicates[subflow] = (duplicates[subflow] ?? 0) + again;
  }
  const [first, last] = [set.intervals[0], set.intervals.at(-1)];
  const span = first === undefined || last === undefined ? 0 : last.end - first.start;
  return { fresh, duplicates, missing: span - totalLength(set.intervals) };
}

/** In the order of the bytes: what comes first in the stream. */
export function deliveries(fresh: readonly Arrival[]): readonly Delivered[] {
  let delivered = -Infinity;
  return fresh
    .toSorted((one, other) => one.start - other.start)
    .map((arrival) => {
      delivered = Math.max(delivered, arrival.time);
      return { ...arrival, delivered };
    });
}

export interface Pause {
  readonly from: Time;
  readonly seconds: number;
}

/** The longest time in which the program got nothing; undefined for fewer than two moments. */
export function longestPause(inOrder: readonly Delivered[]): Pause | undefined {
  let longest: Pause | undefined;
  for (let index = 1; index < inOrder.length; index += 1) {
    const from = (inOrder[index - 1] as Delivered).delivered;
    const seconds = (inOrder[index] as Delivered).delivered - from;
    if (seconds > (longest?.seconds ?? 0)) longest = { from, seconds };
  }
  return longest;
}

export interface Delay {
  /** When the byte was sent first. */
  readonly from: Time;
  readonly seconds: number;
}

/** The greatest time from the first transmission of a byte to its delivery in order. */
export function greatestDelay(
  sent: readonly Piece[],
  inOrder: readonly Delivered[],
): Delay | undefined {
  const set = new IntervalSet();
  const first = sent.flatMap(({ start, end, time }) =>
    set.add({ start, end }).map((part) => ({ ...part, time })),
  );
  first.sort((one, other) => one.start - other.start);
  let greatest: Delay | undefined;
  let index = 0;
  for (const { start, end, delivered } of inOrder) {
    while (index < first.length && (first[index] as Interval).end <= start) index += 1;
    for (let next = index; next < first.length; next += 1) {
      const one = first[next] as Interval & { time: Time };
      if (one.start >= end) break;
      const seconds = delivered - one.time;
      if (greatest === undefined || seconds > greatest.seconds) {
        greatest = { from: one.time, seconds };
      }
    }
  }
  return greatest;
}
