/**
 * Which of two captures was taken nearer to the sender.
 *
 * Always holds: the clocks of both are trusted; the same packet is seen earlier where it is sent.
 */
import type { FlowData } from './data.ts';

/** Median seconds from the first to the second capture; undefined: they have no packet in common. */
export function offsetBetween(first: FlowData, second: FlowData): number | undefined {
  const seen = new Map<string, number>();
  for (const { subflow, sequence, stamp, time } of first.pieces) {
    const name = `${subflow} ${sequence} ${stamp ?? ''}`;
    if (!seen.has(name)) seen.set(name, time);
  }
  const differences: number[] = [];
  for (const { subflow, sequence, stamp, time } of second.pieces) {
    const name = `${subflow} ${sequence} ${stamp ?? ''}`;
    const other = seen.get(name);
    if (other === undefined) continue;
    differences.push(time - other);
    seen.delete(name);
  }
  return differences.sort((one, other) => one - other)[Math.floor(differences.length / 2)];
}
