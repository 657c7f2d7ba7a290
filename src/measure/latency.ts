/**
 * T-latency: from the beginning of an outage until the last of the data that it swallowed was there.
 *
 * Always holds: with the sender's capture what was lost is known; with the receiver's alone it is
 * what came later than reordering explains, and the result names the method.
 */
import type { FlowData } from './data.ts';
import { IntervalSet, totalLength } from './interval-set.ts';
import { deliveries } from './delivery.ts';
import type { Arrival, Delivered } from './delivery.ts';
import { CUT_WITHIN, lostCopies } from './losses.ts';
import type { LostCopy } from './losses.ts';
import type { Time } from './packet.ts';
import type { Phase } from './throughput.ts';

export interface Latency {
  /** Undefined: some of it never came. */
  readonly seconds: number | undefined;
  /** The same for the first byte that was lost: what the program waits for longest. */
  readonly firstSeconds: number | undefined;
  /** Bytes of the connection; undefined: not known by this method. */
  readonly lostBytes: number | undefined;
  /** When the first copy of it was sent; undefined: nothing was lost, or not known. */
  readonly lostFrom: Time | undefined;
  readonly method: 'lost-copies' | 'late-arrivals';
}

/** Seconds before an outage in which the usual delay and reordering are looked up. */
const USUAL = { from: 1.5, until: 0.5 };
/** Seconds: the least that counts as later than usual. */
const LATE = 0.01;

/** By both captures. */
export function latencyOfLosses(
  sent: FlowData,
  received: FlowData,
  fresh: readonly Arrival[],
  phase: Phase,
): Latency {
  const inOrder = deliveries(fresh);
  const flight = usualDelay(sent, inOrder, phase.from);
  const copies = lostCopies(sent, received, { ...phase, flight });
  const lost = firstArrivals(copies, inOrder);
  const times = lost.arrivals.map(({ time }) => Math.max(0, time - phase.from));
  const complete = lost.never === 0;
  return {
    seconds: complete ? times.reduce((last, time) => Math.max(last, time), 0) : undefined,
    firstSeconds: complete ? (times[0] ?? 0) : undefined,
    lostBytes: totalLength(lost.arrivals) + lost.never,
    lostFrom: copies.reduce<Time | undefined>(
      (first, { sent: time }) => Math.min(first ?? time, time),
      undefined,
    ),
    method: 'lost-copies',
  };
}

/** How long data is under way when all is well: what was sent so long before the cut may be lost. */
function usualDelay(sent: FlowData, inOrder: readonly Delivered[], at: Time): number {
  const before = sent.pieces.filter(
    ({ time }) => time >= at - USUAL.from && time < at - USUAL.until,
  );
  let index = 0;
  let greatest = 0;
  for (const piece of before.toSorted((one, other) => one.start - other.start)) {
    while (index < inOrder.length && (inOrder[index] as Delivered).end <= piece.start) index += 1;
    const arrival = inOrder[index];
    if (arrival !== undefined) greatest = Math.max(greatest, arrival.time - piece.time);
  }
  return Math.min(USUAL.until, greatest === 0 ? 0.05 : greatest);
}

interface LostData {
  /** In the order of the bytes. */
  readonly arrivals: readonly Arrival[];
  readonly never: number;
}

/** When the bytes of lost copies came; those that had come before need not come again. */
function firstArrivals(copies: readonly LostCopy[], inOrder: readonly Delivered[]): LostData {
  const seen = new IntervalSet();
  const lost = copies
    .toSorted((one, other) => one.sent - other.sent)
    .flatMap((copy) => seen.add(copy).map((part) => ({ ...part, sent: copy.sent })))
    .toSorted((one, other) => one.start - other.start);
  const arrivals: Arrival[] = [];
  let covered = 0;
  let index = 0;
  for (const { start, end, sent } of lost) {
    while (index < inOrder.length && (inOrder[index] as Delivered).end <= start) index += 1;
    for (let next = index; next < inOrder.length; next += 1) {
      const one = inOrder[next] as Delivered;
      if (one.start >= end) break;
      const part = { start: Math.max(start, one.start), end: Math.min(end, one.end) };
      covered += part.end - part.start;
      if (one.time >= sent) arrivals.push({ ...part, time: one.time, subflow: one.subflow });
    }
  }
  return { arrivals, never: totalLength(lost) - covered };
}

/** By the receiver's capture alone. */
export function latencyOfLateness(fresh: readonly Arrival[], { from, until }: Phase): Latency {
  const inOrder = deliveries(fresh);
  const usual = inOrder
    .filter(({ time }) => time >= from - USUAL.from && time < from - USUAL.until)
    .reduce((most, { time, delivered }) => Math.max(most, delivered - time), LATE);
  let end = from;
  let previous: Time | undefined;
  for (const { time, delivered } of inOrder) {
    if (delivered < from || time >= until) {
      if (delivered < from) previous = delivered;
      continue;
    }
    const waited = delivered - time > usual && time <= Math.max(end, from + CUT_WITHIN);
    // With one path only nothing overtakes what is lost: there is silence instead.
    const silent =
      previous !== undefined && previous <= from + CUT_WITHIN && delivered - previous > usual;
    if (waited || silent) end = Math.max(end, delivered);
    previous = delivered;
  }
  const seconds = end - from;
  const unknown = { firstSeconds: undefined, lostBytes: undefined, lostFrom: undefined };
  return { seconds, ...unknown, method: 'late-arrivals' };
}
