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
  const usual = usualWaits(inOrder, from);
  const earliest = from - Math.max(CUT_WITHIN, usual.gap);
  let end = from;
  let last: Time | undefined;
  for (const { delivered, arrived, before, begun } of stretchesOf(inOrder, usual)) {
    last = delivered;
    if (delivered < from) continue;
    if (before >= until) break;
    // What has begun earlier is of something else.
    if (begun < earliest) continue;
    const waited = delivered - arrived > usual.wait && arrived <= Math.max(end, from + CUT_WITHIN);
    // With one path only nothing overtakes what is lost: there is silence instead.
    const silent = before <= from + CUT_WITHIN && delivered - before > usual.gap;
    if (waited || silent) end = delivered;
  }
  // After which nothing came: whether something was lost nobody knows.
  const isKnown = last !== undefined && last > from + CUT_WITHIN;
  const unknown = { firstSeconds: undefined, lostBytes: undefined, lostFrom: undefined };
  return { seconds: isKnown ? end - from : undefined, ...unknown, method: 'late-arrivals' };
}

/** What the program could have at one moment. */
interface Batch {
  readonly delivered: Time;
  /** The first of it. */
  readonly arrived: Time;
  /** The delivery before it; and before the first of a row in which each waited for the one before, longer than usual. */
  readonly before: Time;
  readonly begun: Time;
}

function* stretchesOf(inOrder: readonly Delivered[], usual: Waits): Generator<Batch> {
  let last: Batch | undefined;
  for (const [delivered, parts] of Map.groupBy(inOrder, (one) => one.delivered)) {
    const arrived = parts.reduce((first, { time }) => Math.min(first, time), delivered);
    const before = last?.delivered ?? -Infinity;
    const wasLate = last !== undefined && last.delivered - last.arrived > usual.wait;
    const begun = wasLate && arrived < before ? (last?.begun ?? before) : before;
    yield (last = { delivered, arrived, before, begun });
  }
}

interface Waits {
  readonly wait: number;
  readonly gap: number;
}

/** Seconds that bytes wait for earlier ones, and between deliveries, when all is well; a little more than seen. */
function usualWaits(inOrder: readonly Delivered[], at: Time): Waits {
  let [wait, gap] = [0, 0];
  let previous: Time | undefined;
  for (const { time, delivered } of inOrder) {
    if (delivered >= at - USUAL.from && delivered < at - USUAL.until) {
      wait = Math.max(wait, delivered - time);
      gap = Math.max(gap, delivered - (previous ?? delivered));
    }
    previous = delivered;
  }
  return { wait: Math.max(LATE, wait), gap: gap + LATE };
}
