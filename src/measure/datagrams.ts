/**
 * Datagrams that were sent and did not arrive, by the identification of IPv4.
 *
 * Always holds: the identification repeats after 65,536 datagrams, so a datagram is looked for among
 * those sent in the last `LONGEST` seconds. Where datagrams cannot be told apart nothing is claimed:
 * without identification (IPv6), when offload has cut what was sent into others, or when clocks are so far
 * apart that none is found.
 */
import type { FlowData, Piece } from './data.ts';

/** No datagram is under way for longer, and none repeats so soon. */
const LONGEST = 2;

export interface LostDatagrams {
  readonly lost: number;
  /** Of these, sent before the first that arrived, or after the last. */
  readonly atTheEnds: number;
}

/** Undefined: they cannot be told apart. */
export function lostDatagrams(sent: FlowData, received: FlowData): LostDatagrams | undefined {
  const ids = new Set(sent.pieces.map(({ stamp }) => stamp));
  if (ids.has(undefined) || (ids.size < 2 && sent.pieces.length > 1)) return undefined;
  const arrived = arrivedOf(sent, received);
  if (2 * arrived.size < received.pieces.length) return undefined;
  const has = (_: Piece, index: number): boolean => arrived.has(index);
  const [first, last] = [sent.pieces.findIndex(has), sent.pieces.findLastIndex(has)];
  const lost = sent.pieces.length - arrived.size;
  return { lost, atTheEnds: first < 0 ? 0 : first + sent.pieces.length - 1 - last };
}

/** Indices of what was sent; each arrives once. */
function arrivedOf(sent: FlowData, received: FlowData): ReadonlySet<number> {
  const waiting = Map.groupBy(sent.pieces.entries(), ([, piece]) => nameOf(piece));
  const next = new Map<string, number>();
  const arrived = new Set<number>();
  for (const piece of received.pieces) {
    const name = nameOf(piece);
    const copies = waiting.get(name) ?? [];
    let place = next.get(name) ?? 0;
    while ((copies[place]?.[1].time ?? Infinity) < piece.time - LONGEST) place += 1;
    const found = copies[place];
    if (found !== undefined) arrived.add(found[0]);
    next.set(name, found === undefined ? place : place + 1);
  }
  return arrived;
}

function nameOf({ stamp, start, end }: Piece): string {
  return `${stamp ?? ''} ${end - start}`;
}
