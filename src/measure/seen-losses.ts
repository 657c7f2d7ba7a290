/**
 * Whether what was noted of an outage is in the captures: a loss that begins at its time, and where
 * losses begin instead.
 *
 * Always holds: times are told as `--outage` takes them, `+6.000` from the first packet on.
 */
import type { Outage } from './analyse.ts';
import type { FlowData } from './data.ts';
import { deliveries } from './delivery.ts';
import type { Arrival } from './delivery.ts';
import { beginsAt, lossRuns, nearestTo, pauses } from './loss-runs.ts';
import type { LossRun } from './loss-runs.ts';
import { CUT_WITHIN } from './losses.ts';
import type { Measurement } from './measurement.ts';
import { milliseconds } from './milliseconds.ts';
import type { Time } from './packet.ts';

export interface SeenLosses {
  /** By both captures, what was lost; by the receiver's alone, when nothing came. */
  readonly kind: 'loss' | 'pause';
  readonly runs: readonly LossRun[];
}

type Figures = NonNullable<Measurement['outage']>;
type Listed = NonNullable<Figures['losses']>[number];

/** Of more than this nobody looks at each. */
const MOST_LISTED = 20;
/** Named in a note beside the nearest one. */
const MOST_NAMED = 3;

/** Undefined: without the receiver's capture nothing of this is known. */
export function seenLosses(
  sent: FlowData | undefined,
  received: FlowData | undefined,
  fresh: readonly Arrival[],
): SeenLosses | undefined {
  if (received === undefined) return undefined;
  const isTold =
    sent !== undefined &&
    sent.protocol !== 'udp' &&
    // A copy that is sent again looks as the one that was lost.
    sent.pieces.every(({ stamp }) => stamp !== undefined);
  return isTold
    ? { kind: 'loss', runs: lossRuns(sent, received) }
    : { kind: 'pause', runs: pauses(deliveries(fresh)) };
}

/** `+6.000`, as `--outage` takes it. */
export function offsetText(time: Time, first: Time): string {
  const seconds = time - first;
  return `${seconds < 0 ? '' : '+'}${seconds.toFixed(3)}`;
}

/** Those that matter most, in order of time. */
export function listedLosses({ runs }: SeenLosses, first: Time): Listed[] {
  return greatest(runs, MOST_LISTED).map((run) => ({
    at: run.at,
    offset: offsetText(run.at, first),
    ms: run.until === undefined ? null : milliseconds(run.until - run.at),
    bytes: run.bytes ?? null,
  }));
}

/** Whether one begins at this time; how much later the nearest one begins. */
export function nearestBeginning(
  seen: SeenLosses | undefined,
  at: Time,
): { readonly beginsHere: boolean | null; readonly nearestMs: number | null } {
  if (seen === undefined) return { beginsHere: null, nearestMs: null };
  const nearest = nearestTo(seen.runs, at);
  return {
    beginsHere: seen.runs.some((run) => beginsAt(run, at)),
    nearestMs: nearest === undefined ? null : milliseconds(nearest.at - at),
  };
}

/** What the noted times and the captures have against each other. */
export function outageNotes(
  seen: SeenLosses | undefined,
  { at, heal }: Outage,
  figures: Pick<Figures, 'latencyFailure' | 'latencyRecovery'>,
  first: Time,
): readonly string[] {
  if (seen === undefined) return [];
  return [
    ...failureNote(seen, at, figures.latencyFailure, first),
    ...(heal === undefined ? [] : recoveryNote(seen, { at, heal }, figures.latencyRecovery, first)),
  ];
}

function failureNote(
  { kind, runs }: SeenLosses,
  at: Time,
  { lostBytes }: Figures['latencyFailure'],
  first: Time,
): readonly string[] {
  if (runs.some((run) => beginsAt(run, at))) return [];
  const told = `no ${kind} begins at --outage ${offsetText(at, first)}`;
  const nearest = nearestTo(runs, at);
  if (nearest === undefined) {
    if ((lostBytes ?? 0) > 0) return [];
    const what = kind === 'loss' ? 'this flow lost nothing' : 'this flow never paused';
    return [`${told}, and none elsewhere: ${what} in these captures`];
  }
  const goesOn = nearest.at < at && (nearest.until ?? Infinity) > at;
  const short = goesOn ? '; it still lasts then, so times from --outage on are too short' : '';
  return [`${told}; ${beginning(nearest, at, first)}${short}${others(runs, nearest, first)}`];
}

/** A line may return without any loss, so only what else there is makes the time doubtful. */
function recoveryNote(
  { kind, runs }: SeenLosses,
  { at, heal }: { readonly at: Time; readonly heal: Time },
  latency: Figures['latencyRecovery'],
  first: Time,
): readonly string[] {
  const name = `--heal ${offsetText(heal, first)}`;
  if (runs.some((run) => beginsAt(run, heal))) return [];
  const own = runs.find((run) => beginsAt(run, at)) ?? nearestTo(runs, at);
  if (own !== undefined && kind === 'loss' && own.at < heal && own.last > heal + CUT_WITHIN) {
    return [
      `the line was not back at ${name}: what is sent there is lost until ${offsetText(own.last, first)}`,
    ];
  }
  const later = runs.filter((run) => run !== own && run.at > at);
  const nearest = nearestTo(later, heal);
  const told = `no ${kind} begins at ${name}`;
  if (nearest !== undefined) {
    return [`${told}; ${beginning(nearest, heal, first)}${others(later, nearest, first)}`];
  }
  if ((latency?.lostBytes ?? 0) > 0 || (latency?.ms ?? 0) > 0) return [];
  const passes =
    own?.until === undefined || own.at > heal
      ? ''
      : `; what stopped at ${offsetText(own.at, first)} goes on at ${offsetText(own.until, first)}`;
  return [`${told}, as when a line returns without loss${passes}`];
}

function beginning(run: LossRun, at: Time, first: Time): string {
  const apart = milliseconds(Math.abs(run.at - at)).toFixed(0);
  return `one does at ${offsetText(run.at, first)}, ${apart} ms ${run.at < at ? 'earlier' : 'later'}`;
}

function others(runs: readonly LossRun[], nearest: LossRun, first: Time): string {
  const rest = greatest(
    runs.filter((run) => run !== nearest),
    MOST_NAMED,
  );
  if (rest.length === 0) return '';
  const which = runs.length - 1 > rest.length ? `the greatest others` : 'others';
  const times = rest.map(({ at }) => offsetText(at, first)).join(', ');
  return ` (${which}: ${times})`;
}

function greatest(runs: readonly LossRun[], most: number): readonly LossRun[] {
  const weight = ({ bytes, until = Infinity, at }: LossRun): number => bytes ?? until - at;
  return runs
    .toSorted((one, other) => weight(other) - weight(one))
    .slice(0, most)
    .toSorted((one, other) => one.at - other.at);
}
