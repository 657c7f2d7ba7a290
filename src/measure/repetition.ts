/**
 * Data that was sent more than once.
 *
 * Always holds: a repeated byte counts once per repetition: on the subflow that carried it before as
 * retransmitted, on another one as reinjected.
 */
import type { FlowData } from './data.ts';
import { IntervalSet, totalLength } from './interval-set.ts';

export interface Repetition {
  readonly retransmitted: number;
  readonly reinjected: number;
}

/** By subflow. */
export function repetitionsOf({ pieces, subflows }: FlowData): readonly Repetition[] {
  const all = new IntervalSet();
  const counted = subflows.map(() => ({ own: new IntervalSet(), retransmitted: 0, reinjected: 0 }));
  for (const piece of pieces) {
    const count = counted[piece.subflow];
    if (count === undefined) continue;
    const parts = count.own.add(piece);
    const first = totalLength(parts);
    count.retransmitted += piece.end - piece.start - first;
    count.reinjected += first - totalLength(parts.flatMap((part) => all.add(part)));
  }
  return counted.map(({ retransmitted, reinjected }) => ({ retransmitted, reinjected }));
}
