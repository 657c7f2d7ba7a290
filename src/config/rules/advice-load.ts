/** What BFD on so many paths at such an interval costs the gateway: a warning. */
import type { Milliseconds } from '../../net/duration.ts';
import { formatDuration } from '../../net/duration.ts';
import type { Draft } from '../draft.ts';
import type { Reporter } from '../source.ts';

/**
 * Processor time of BIRD 2.0.12 for each packet that it sends, with the one that it receives, in
 * microseconds. Measured on one virtual processor: 11, 21, 29 % for 100, 200, 300 sessions at 50 ms; 95 %
 * for 3,000 sessions at 1 s. Whenever a packet is due BIRD asks for the sockets of all sessions (poll).
 */
const PER_PACKET = 30;
const PER_PACKET_AND_SESSION = 0.09;

/** Milliseconds; what `detection.interval` may be. */
const LONGEST = 1000;

const MICROSECONDS = 1_000_000;

export function adviseLoad({ interval, peers }: Draft, report: Reporter): void {
  if (interval === undefined) return;
  const paths = peers.items.reduce((sum, peer) => sum + peer.paths.items.length, 0);
  if (bfdLoad(paths, interval.value) < 1) return;
  const packets = Math.round(paths * (1000 / interval.value));
  report.warn(
    interval.span,
    `BFD on ${paths} paths every ${formatDuration(interval.value)} is ${packets} packets per second ` +
      'each way, more than one processor can do: paths will be called down that are up',
    cure(paths),
  );
}

/** The share of a processor that BFD takes, 1: all of it; undisturbed by whatever else it has to do. */
export function bfdLoad(paths: number, interval: Milliseconds): number {
  const cost = PER_PACKET + PER_PACKET_AND_SESSION * paths;
  return (paths * (1000 / interval) * cost) / MICROSECONDS;
}

function cure(paths: number): string {
  const to = (time: Milliseconds): string =>
    `set \`detection.interval\` of this gateway and of its peers to ${formatDuration(time)}`;
  // Half of a processor, rounded up to a number that people write.
  const enough = Math.ceil((2 * bfdLoad(paths, 1)) / 50) * 50;
  if (enough <= LONGEST) return `${to(enough)} or more`;
  const most = bfdLoad(paths, LONGEST);
  return most < 1
    ? `${to(LONGEST)}, the longest, which takes ${Math.round(100 * most)} % of a processor`
    : 'share the peers out between several hubs';
}
