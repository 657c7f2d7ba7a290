/**
 * Where losses begin in a capture, whether an outage is noted there or not.
 *
 * Always holds: single losses by congestion between packets that pass are none. With both captures a
 * loss is known copy by copy; with the receiver's alone it is a pause in what arrives.
 */
import { quantileOfSorted } from '../lib/statistics.ts';
import type { FlowData } from './data.ts';
import type { Delivered } from './delivery.ts';
import { totalLength } from './interval-set.ts';
import { copiesOf, CUT_WITHIN, LEAST_DEAD } from './losses.ts';
import type { Time } from './packet.ts';

/** Nothing passes for a while. */
export interface LossRun {
  /** When the first copy that was lost had been sent; of a pause, its beginning. */
  readonly at: Time;
  /** When the last copy that was lost had been sent. */
  readonly last: Time;
  /** When something passed again; undefined: never. */
  readonly until: Time | undefined;
  /** The cut was not before the first and not after the second of these. */
  readonly window: readonly [Time, Time];
  /** Undefined: not known. */
  readonly bytes: number | undefined;
  /** Indices in `FlowData.subflows`. */
  readonly subflows: readonly number[];
}

/** Seconds: what begins on several subflows within so much is one loss. */
const TOGETHER = 0.1;
/** Seconds: a delay of which nothing is known is taken for no more. */
const LONGEST_DELAY = 0.5;

/** By both captures; in order of time. */
export function lossRuns(sent: FlowData, received: FlowData): readonly LossRun[] {
  const missingOf = copiesOf(received);
  const delays = delaysOf(sent, received);
  const runs = sent.subflows.flatMap((_, subflow) => {
    const { least, lastBefore } = delays[subflow] ?? NO_DELAYS;
    const found: LossRun[] = [];
    let passed: Time = -Infinity;
    let run: { at: Time; last: Time; bytes: number } | undefined;
    const close = (until: Time | undefined): void => {
      if (run === undefined) return;
      const { at, last, bytes } = run;
      run = undefined;
      if ((until ?? Infinity) - at < LEAST_DEAD) return;
      const before = lastBefore(at);
      // What arrived last had passed the cut, which was at most the whole way before; what was lost
      // first would have arrived about as late.
      const from = Math.max(passed, (before?.arrived ?? -Infinity) - least);
      const to = at + (before === undefined ? LONGEST_DELAY : before.arrived - before.sent);
      found.push({
        at,
        last,
        until,
        window: [from, Math.max(from, to)],
        bytes,
        subflows: [subflow],
      });
    };
    for (const piece of sent.pieces) {
      if (piece.subflow !== subflow) continue;
      const missing = totalLength(missingOf(piece));
      if (missing === 0) {
        close(piece.time);
        passed = piece.time;
      } else if (run === undefined) run = { at: piece.time, last: piece.time, bytes: missing };
      else run = { at: run.at, last: piece.time, bytes: run.bytes + missing };
    }
    close(undefined);
    return found;
  });
  return together(runs);
}

/** By what arrives alone; in order of time. */
export function pauses(inOrder: readonly Delivered[]): readonly LossRun[] {
  const times = [...new Set(inOrder.map(({ delivered }) => delivered))];
  const gaps = times.slice(1).map((time, index) => time - (times[index] as Time));
  const most =
    LEAST_DEAD +
    2 *
      quantileOfSorted(
        gaps.toSorted((one, other) => one - other),
        0.95,
      );
  return gaps.flatMap((gap, index): LossRun[] => {
    if (!(gap > most)) return [];
    const at = times[index] as Time;
    const window = [at - most, at + most] as const;
    const until = at + gap;
    return [{ at, last: until, until, window, bytes: undefined, subflows: [] }];
  });
}

/** Whether this one begins at that time, as exactly as a time is noted. */
export function beginsAt({ window: [from, until] }: LossRun, at: Time): boolean {
  return at >= from - CUT_WITHIN && at <= until + CUT_WITHIN;
}

/** The one of which the beginning is nearest; undefined: there is none. */
export function nearestTo(runs: readonly LossRun[], at: Time): LossRun | undefined {
  return runs.reduce<LossRun | undefined>(
    (best, run) =>
      best === undefined || Math.abs(run.at - at) < Math.abs(best.at - at) ? run : best,
    undefined,
  );
}

function together(runs: readonly LossRun[]): readonly LossRun[] {
  const merged: LossRun[] = [];
  for (const run of runs.toSorted((one, other) => one.at - other.at)) {
    const last = merged.at(-1);
    if (last === undefined || run.at - last.at > TOGETHER) {
      merged.push(run);
      continue;
    }
    const [from, until] = [0, 1].map((end) => [last.window[end] ?? 0, run.window[end] ?? 0]);
    merged[merged.length - 1] = {
      at: last.at,
      last: Math.max(last.last, run.last),
      until:
        last.until === undefined || run.until === undefined
          ? undefined
          : Math.max(last.until, run.until),
      // Lines may be cut one after the other.
      window: [Math.min(...(from ?? [])), Math.max(...(until ?? []))],
      bytes: (last.bytes ?? 0) + (run.bytes ?? 0),
      subflows: [...last.subflows, ...run.subflows],
    };
  }
  return merged;
}

interface Copy {
  readonly sent: Time;
  readonly arrived: Time;
}

interface Delays {
  /** Seconds that a copy is under way. */
  readonly least: number;
  /** The last that passed of what was sent before the time. */
  readonly lastBefore: (time: Time) => Copy | undefined;
}

const NO_DELAYS: Delays = { least: 0, lastBefore: () => undefined };

/** By subflow: how long copies are under way, and when they arrive. */
function delaysOf(sent: FlowData, received: FlowData): readonly Delays[] {
  return sent.subflows.map((_, subflow) => {
    const arrivals = new Map<string, Time>();
    for (const { subflow: own, sequence, stamp, time } of received.pieces) {
      const name = `${sequence} ${stamp ?? ''}`;
      if (own === subflow && !arrivals.has(name)) arrivals.set(name, time);
    }
    const copies: Copy[] = [];
    for (const { subflow: own, sequence, stamp, time } of sent.pieces) {
      const arrived = own === subflow ? arrivals.get(`${sequence} ${stamp ?? ''}`) : undefined;
      if (arrived !== undefined) copies.push({ sent: time, arrived });
    }
    return {
      least: copies.reduce((least, copy) => Math.min(least, copy.arrived - copy.sent), Infinity),
      lastBefore: (time) => copies.findLast((copy) => copy.sent < time),
    };
  });
}
