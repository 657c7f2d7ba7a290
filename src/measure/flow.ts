/**
 * Which halves of a capture carry the data of one connection in one direction.
 *
 * Always holds: a half with payload is in exactly one flow. Subflows are joined by the tokens of
 * their handshakes; where these were not captured, by data sequence numbers, which begin at a random
 * 64-bit number: two connections are as near as `NEAR_64` by chance once in 2^27.
 */
import type { Mapping } from './packet.ts';
import { distance64 } from './sequence.ts';
import type { Half, Trace } from './trace.ts';

export interface Flow {
  readonly protocol: 'mptcp' | 'tcp' | 'udp';
  /** In the order of their first packet; one, if it is not MPTCP. */
  readonly halves: readonly Half[];
  /** Of payload, repetitions included. */
  readonly bytes: number;
}

/** No window is wider, and no capture longer. */
const NEAR_64 = 2 ** 36;
/** With 32 bits chance is greater, so nearer, and with an address in common. */
const NEAR_32 = 2 ** 26;

/** The one with the most payload first. */
export function flowsOf(trace: Trace): readonly Flow[] {
  const groups = new Map<Half, Half[]>();
  const owner = new Map<string, Half[]>();
  for (const half of trace.halves) {
    const known = [...half.names].flatMap((name) => owner.get(name) ?? []);
    const group = union(groups, [half, ...known]);
    for (const name of half.names) owner.set(name, group);
  }
  const named = [...new Set(groups.values())].filter(hasPayload);
  return joinByNumbers(named)
    .map(flowOf)
    .toSorted((one, other) => other.bytes - one.bytes);
}

function union(groups: Map<Half, Half[]>, halves: readonly Half[]): Half[] {
  const all = [...new Set(halves.flatMap((half) => groups.get(half) ?? [half]))];
  for (const half of all) groups.set(half, all);
  return all;
}

function hasPayload(group: readonly Half[]): boolean {
  return group.some(({ segments }) => segments.length > 0);
}

function joinByNumbers(groups: readonly Half[][]): readonly Half[][] {
  const mapped = groups.map((halves) => ({ halves, first: firstMapping(halves) }));
  const joined: Half[][] = [];
  let last: bigint | undefined;
  // Sorted, so that only neighbours can be near.
  for (const { halves, first } of mapped.toSorted((one, other) =>
    compare(one.first, other.first),
  )) {
    const previous = joined.at(-1);
    const near =
      last !== undefined &&
      first?.whole === true &&
      Math.abs(distance64(last, first.dsn)) < NEAR_64;
    const mate =
      near && previous !== undefined && mayBeOne(previous, halves)
        ? previous
        : joined.find(
            (other) =>
              first?.whole === false &&
              areNear32(halves, first.dsn, other) &&
              mayBeOne(other, halves),
          );
    if (mate === undefined) joined.push([...halves]);
    else mate.push(...halves);
    last = first?.whole === true ? first.dsn : undefined;
  }
  return joined;
}

/** By what is known of their handshakes: an end has one token only. */
function mayBeOne(one: readonly Half[], other: readonly Half[]): boolean {
  const tokens = (halves: readonly Half[], end: string): readonly string[] =>
    halves.flatMap(({ names }) => [...names]).filter((name) => name.startsWith(end));
  return ['to ', 'from '].every((end) => {
    const [own, theirs] = [tokens(one, end), tokens(other, end)];
    return own.length === 0 || theirs.length === 0 || own.some((name) => theirs.includes(name));
  });
}

type Number64 = Pick<Mapping, 'dsn' | 'whole'>;

/** Those of 64 bits first, by their number. */
function compare(one: Number64 | undefined, other: Number64 | undefined): number {
  if (one?.whole !== true || other?.whole !== true) {
    return Number(other?.whole ?? false) - Number(one?.whole ?? false);
  }
  return one.dsn < other.dsn ? -1 : Number(one.dsn > other.dsn);
}

function areNear32(halves: readonly Half[], dsn: bigint, others: readonly Half[]): boolean {
  const theirs = firstMapping(others)?.dsn;
  if (theirs === undefined) return false;
  const hosts = (group: readonly Half[]): readonly string[] =>
    group.flatMap(({ source, destination }) => [`from ${host(source)}`, `to ${host(destination)}`]);
  const shared = hosts(halves).some((name) => hosts(others).includes(name));
  return shared && Math.abs(Number(BigInt.asIntN(32, dsn - theirs))) < NEAR_32;
}

function firstMapping(group: readonly Half[]): Mapping | undefined {
  return group.find(({ mappings }) => mappings.length > 0)?.mappings[0]?.mapping;
}

function host(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':'));
}

function flowOf(group: readonly Half[]): Flow {
  const begin = ({ segments }: Half): number => segments[0]?.time ?? Infinity;
  const halves = group
    .filter(({ segments }) => segments.length > 0)
    .toSorted((one, other) => begin(one) - begin(other));
  // Several subflows whose mappings were cut off are still no single stream of TCP.
  const isMptcp = firstMapping(halves) !== undefined || halves.length > 1;
  const tcp = isMptcp ? 'mptcp' : 'tcp';
  return {
    protocol: halves[0]?.protocol === 'udp' ? 'udp' : tcp,
    halves,
    bytes: halves
      .flatMap(({ segments }) => segments)
      .reduce((sum, { start, end }) => sum + end - start, 0),
  };
}
