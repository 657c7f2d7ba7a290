/**
 * What of a plan is measured one after the other, and what side by side. Pure.
 *
 * Always holds: the order stays; what wants the machine for itself has it, and only measurements that
 * allow the same number share it.
 */
import type { Measurement } from './measurement.ts';
import { widthOf } from './pace.ts';

export interface Turn {
  /** How many at once, at most. */
  readonly width: number;
  readonly measurements: readonly Measurement[];
}

export function turnsOf(plan: readonly Measurement[]): readonly Turn[] {
  const turns: { width: number; measurements: Measurement[] }[] = [];
  for (const measurement of plan) {
    const width = widthOf(measurement);
    const last = turns.at(-1);
    if (last?.width === width) last.measurements.push(measurement);
    else turns.push({ width, measurements: [measurement] });
  }
  return turns;
}
