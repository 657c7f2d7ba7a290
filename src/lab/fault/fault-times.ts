/**
 * Since when a line has its faults, and which of them a change has ended. Pure.
 *
 * Always holds: a fault that is set again as it was is the same fault, and began when it first did.
 */
import { isDeepStrictEqual } from 'node:util';

import type { Milliseconds } from '../../net/duration.ts';
import type { ActiveFault } from './active-faults.ts';

/** A fault as it is written down. */
export type RecordedFault = ActiveFault & {
  /** CLOCK_MONOTONIC, right after it took effect; absent in records of older versions. */
  since?: Milliseconds;
};

/** What a change came to. */
export interface FaultChange {
  readonly recorded: readonly RecordedFault[];
  readonly begun: readonly ActiveFault[];
  readonly ended: readonly RecordedFault[];
}

/** @param at when `active` became so. */
export function changeOf(
  before: readonly RecordedFault[],
  active: readonly ActiveFault[],
  at: Milliseconds,
): FaultChange {
  const known = (fault: ActiveFault): RecordedFault | undefined =>
    before.find((one) => isDeepStrictEqual(withoutTime(one), withoutTime(fault)));
  return {
    recorded: active.map((fault) => known(fault) ?? { ...withoutTime(fault), since: at }),
    begun: active.filter((fault) => known(fault) === undefined).map(withoutTime),
    ended: before.filter(
      (one) => !active.some((fault) => isDeepStrictEqual(withoutTime(fault), withoutTime(one))),
    ),
  };
}

export function withoutTime(fault: RecordedFault): ActiveFault {
  const bare = { ...fault };
  delete bare.since;
  return bare;
}

/** The outage that a change begins or ends, as it is measured; undefined: neither. */
export function measuredOutage(
  { begun, ended }: FaultChange,
  at: Milliseconds,
): { readonly outage?: Milliseconds; readonly heal?: Milliseconds } {
  if (begun.length > 0) return { outage: at };
  if (ended.length === 0) return {};
  const since = ended.flatMap((fault) => fault.since ?? []);
  // Without its beginning, the time of an older record, the end is worth nothing to `measure`.
  return since.length === 0 ? { heal: at } : { outage: Math.min(...since), heal: at };
}
