/**
 * What a flow carried, as bytes of the connection: for MPTCP by data sequence number, else by the
 * sequence number of TCP, or for UDP by count.
 *
 * Always holds: pieces are in order of time; `start` and `end` of one byte are the same whatever
 * subflow, packet, repetition or capture it is seen in.
 */
import type { Flow } from './flow.ts';
import type { Interval } from './interval-set.ts';
import type { Time } from './packet.ts';
import { distance64, unwrap } from './sequence.ts';
import type { Half, Segment, SeenMapping } from './trace.ts';

export interface Piece extends Interval {
  readonly time: Time;
  /** Index in `FlowData.subflows`. */
  readonly subflow: number;
  /** Of its first byte, on the subflow. */
  readonly sequence: number;
  readonly stamp: number | undefined;
}

export interface FlowData {
  readonly protocol: Flow['protocol'];
  readonly subflows: readonly Subflow[];
  readonly pieces: readonly Piece[];
  /** Bytes of payload of which the capture has no mapping. */
  readonly unmapped: number;
}

export interface Subflow {
  readonly source: string;
  readonly destination: string;
}

/** The same connection, seen elsewhere: its numbers are the ones to use here. */
export interface Origin {
  readonly subflows: readonly Subflow[];
  /** Where counting begins; undefined: not MPTCP. */
  readonly dsn: bigint | undefined;
  /** Each subflow there, to tell wraps. */
  readonly halves: readonly Half[];
}

export function originOf(flow: Flow): Origin {
  const mappings = flow.halves.flatMap(({ mappings: seen }) => seen);
  const first = mappings.find(({ mapping }) => mapping.whole) ?? mappings[0];
  // One that was made anew from the same port is the same subflow.
  const halves = flow.halves.filter(
    (half, index) => flow.halves.findIndex((one) => isSame(one, half)) === index,
  );
  return {
    subflows: halves.map(({ source, destination }) => ({ source, destination })),
    dsn: first?.mapping.dsn,
    halves,
  };
}

export function dataOf(flow: Flow, origin: Origin = originOf(flow)): FlowData {
  const subflows = [...origin.subflows];
  const relative = relativeNumbers(flow, origin.dsn);
  let unmapped = 0;
  const pieces = flow.halves.flatMap((half) => {
    const known = subflows.findIndex((one) => isSame(one, half));
    const subflow = known < 0 ? subflows.push(half) - 1 : known;
    const shift = shiftOf(half, origin.halves[subflow] ?? half);
    const place = flow.protocol === 'mptcp' ? placesOf(half, relative) : undefined;
    return half.segments.flatMap((segment) => {
      if (place === undefined) return [pieceOf(segment, segment, shift, subflow, shift)];
      const parts = partsOf(segment, place);
      unmapped += segment.end - segment.start - lengthOf(parts);
      return parts.map((part) => pieceOf(segment, part, part.move, subflow, shift));
    });
  });
  const names = subflows.map(({ source, destination }) => ({ source, destination }));
  pieces.sort((one, other) => one.time - other.time);
  return { protocol: flow.protocol, subflows: names, pieces, unmapped };
}

function isSame(one: Subflow, other: Subflow): boolean {
  return one.source === other.source && one.destination === other.destination;
}

/** What brings numbers of a half to those of the same one elsewhere: captures may begin on either side of a wrap. */
function shiftOf(half: Half, other: Half): number {
  const [own, theirs] =
    half.initial !== undefined && other.initial !== undefined
      ? [half.initial, other.initial]
      : sequencesAt(half, other);
  return unwrap(own, theirs) - own;
}

/** Of about the same time, for 2 GiB may be between their beginnings. */
function sequencesAt(half: Half, other: Half): readonly [number, number] {
  const begin = ({ segments }: Half): Time => segments[0]?.time ?? 0;
  const time = Math.max(begin(half), begin(other));
  return [sequenceAt(half, time), sequenceAt(other, time)];
}

function sequenceAt({ segments, initial = 0 }: Half, time: Time): number {
  const index = firstWhere(segments, (segment) => segment.time >= time);
  return (segments[index] ?? segments.at(-1))?.start ?? initial;
}

/** @param move from the subflow's numbers to the connection's. */
function pieceOf(
  { time, stamp }: Segment,
  { start, end }: Interval,
  move: number,
  subflow: number,
  shift: number,
): Piece {
  return { time, stamp, subflow, start: start + move, end: end + move, sequence: start + shift };
}

/** Data sequence numbers from `base` on, in the order in which they were told. */
function relativeNumbers(flow: Flow, base: bigint | undefined): ReadonlyMap<SeenMapping, number> {
  const seen = flow.halves
    .flatMap(({ mappings }) => mappings)
    .toSorted((one, other) => one.time - other.time);
  const numbers = new Map<SeenMapping, number>();
  let last = 0;
  for (const one of seen) {
    const { dsn, whole } = one.mapping;
    const from = base ?? dsn;
    // Of 32 bits the rest is as with the last one (RFC 8684, section 3.3.1).
    last = whole ? distance64(from, dsn) : unwrap(Number(BigInt.asIntN(32, dsn - from)), last);
    numbers.set(one, last);
  }
  return numbers;
}

interface Place extends Interval {
  /** What to add to a sequence number of the subflow for the connection's. */
  readonly move: number;
}

/** Where the subflow's bytes are in the connection; sorted, and apart from each other. */
function placesOf(half: Half, relative: ReadonlyMap<SeenMapping, number>): readonly Place[] {
  const initial = half.initial ?? impliedInitial(half);
  const places = half.mappings
    .map((seen) => {
      const { mapping, sequence } = seen;
      const start = initial + unwrap(mapping.subflowSequence, sequence - initial);
      const length = mapping.length === 0 ? Infinity : mapping.length;
      return { start, end: start + length, move: (relative.get(seen) ?? 0) - start };
    })
    .toSorted((one, other) => one.start - other.start);
  let end = -Infinity;
  return places.flatMap((place) => {
    if (place.end <= end) return [];
    const start = Math.max(place.start, end);
    end = place.end;
    return [{ ...place, start }];
  });
}

/**
 * Without a SYN: a mapping begins at the packet that tells it or, when offload has cut that packet,
 * before it; so the least is right as soon as one was seen from its beginning.
 */
function impliedInitial({ mappings }: Half): number {
  const [first] = mappings;
  if (first === undefined) return 0;
  const guess = first.sequence - first.mapping.subflowSequence;
  return mappings.reduce(
    (least, { mapping, sequence }) =>
      Math.min(least, sequence - unwrap(mapping.subflowSequence, sequence - guess)),
    guess,
  );
}

function partsOf(segment: Segment, places: readonly Place[]): readonly Place[] {
  const parts: Place[] = [];
  const first = firstWhere(places, ({ end }) => end > segment.start);
  for (let index = first; index < places.length; index += 1) {
    const place = places[index] as Place;
    if (place.start >= segment.end) break;
    const [start, end] = [Math.max(place.start, segment.start), Math.min(place.end, segment.end)];
    parts.push({ start, end, move: place.move });
  }
  return parts;
}

/** @param holds from some element on, and not before. */
function firstWhere<T>(all: readonly T[], holds: (one: T) => boolean): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(all[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function lengthOf(parts: readonly Interval[]): number {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}
