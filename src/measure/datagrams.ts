/**
 * Datagrams that were sent and did not arrive, by the identification of IPv4.
 *
 * Always holds: the identification repeats after 65,536 datagrams, so a datagram is looked for among
 * those sent in the last `LONGEST` seconds; without identification (IPv6) nothing is claimed.
 */
import type { FlowData, Piece } from './data.ts';

/** No datagram is under way for longer, and none repeats so soon. */
const LONGEST = 2;

/** Undefined: they cannot be told apart. */
export function lostDatagrams(sent: FlowData, received: FlowData): number | undefined {
  const ids = new Set(sent.pieces.map(({ stamp }) => stamp));
  if (ids.has(undefined) || (ids.size < 2 && sent.pieces.length > 1)) return undefined;
  const waiting = new Map<string, number[]>();
  for (const piece of sent.pieces) {
    const times = waiting.get(nameOf(piece));
    if (times === undefined) waiting.set(nameOf(piece), [piece.time]);
    else times.push(piece.time);
  }
  let found = 0;
  const next = new Map<string, number>();
  for (const piece of received.pieces) {
    const name = nameOf(piece);
    const times = waiting.get(name) ?? [];
    let index = next.get(name) ?? 0;
    while ((times[index] ?? Infinity) < piece.time - LONGEST) index += 1;
    if (index < times.length) {
      found += 1;
      index += 1;
    }
    next.set(name, index);
  }
  return sent.pieces.length - found;
}

function nameOf({ stamp, start, end }: Piece): string {
  return `${stamp ?? ''} ${end - start}`;
}
