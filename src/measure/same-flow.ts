/**
 * Which flow of another capture is the same connection.
 *
 * Always holds: a port that is used again is another connection: where both captures have its SYN that
 * decides, else the time in which it was seen.
 */
import type { Flow } from './flow.ts';
import type { Half } from './trace.ts';

/** Undefined: the capture does not have it. */
export function sameFlow(all: readonly Flow[], flow: Flow): Flow | undefined {
  const [best] = all
    .filter((one) => one.halves.some((half) => flow.halves.some((other) => isSame(half, other))))
    .toSorted((one, other) => together(other, flow) - together(one, flow));
  return best;
}

function isSame(one: Half, other: Half): boolean {
  const { protocol, source, destination, initial } = one;
  return (
    protocol === other.protocol &&
    source === other.source &&
    destination === other.destination &&
    (initial === undefined || other.initial === undefined || initial === other.initial)
  );
}

/** Seconds in which both were seen; less than none: so far apart. */
function together(one: Flow, other: Flow): number {
  const [own, theirs] = [timesOf(one), timesOf(other)];
  return Math.min(own.until, theirs.until) - Math.max(own.from, theirs.from);
}

function timesOf({ halves }: Flow): { readonly from: number; readonly until: number } {
  const times = halves.flatMap(({ segments }) =>
    [segments[0], segments.at(-1)].flatMap((one) => one?.time ?? []),
  );
  return { from: Math.min(...times), until: Math.max(...times) };
}
