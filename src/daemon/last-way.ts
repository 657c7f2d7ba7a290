/**
 * Where nothing else is left to go when a WAN is drained: peers with no other path, the Internet with no
 * other direct WAN. Pure.
 *
 * Always holds: what is drained is no way; what is known to be down is none, either; where nobody knows,
 * a path is taken for usable.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Status } from '../observe/status.ts';

export interface LastWay {
  /** A peer, or the Internet. */
  readonly to: string;
  /** Names of other paths or WANs that are not drained, all of them down. */
  readonly down: readonly string[];
}

/** @param status what the daemon knows; undefined: none runs. */
export function lastWays(
  site: SiteConfig,
  drainedWans: readonly string[],
  name: string,
  status: Status | undefined,
): readonly LastWay[] {
  const isLeft = (wan: string): boolean => wan !== name && !drainedWans.includes(wan);
  const states = new Map(status?.paths.map((path) => [path.name, path.state]));
  const state = (path: string): string => states.get(path) ?? '';
  const peers = site.peers.flatMap((peer): readonly LastWay[] => {
    if (!peer.paths.some(({ wan }) => wan === name)) return [];
    const others = peer.paths.filter(({ wan }) => isLeft(wan)).map((path) => path.name);
    return others.some((path) => !UNUSABLE.has(state(path)))
      ? []
      : [{ to: peer.name, down: others }];
  });
  if (site.wans.find((wan) => wan.name === name)?.direct !== true) return peers;
  const direct = site.wans.filter((wan) => wan.direct && isLeft(wan.name)).map((wan) => wan.name);
  const works = (wan: string): boolean => {
    const ways = status?.wans.find((one) => one.name === wan)?.direct ?? [];
    return status === undefined || ways.some((way) => way.state === 'up' || way.state === 'held');
  };
  return direct.some(works) ? peers : [...peers, { to: 'the Internet', down: direct }];
}

const UNUSABLE: ReadonlySet<string> = new Set(['down', 'drained', 'drained-by-peer', 'waiting']);

/** Of a hub, more are not read. */
const MOST_TOLD = 3;

export function lastWaysText(ways: readonly LastWay[]): string {
  return ways.length <= MOST_TOLD
    ? ways.map(lastWayText).join('; ')
    : `nothing else leads to ${lastWayPlaces(ways)} now`;
}

/** Where they lead to. */
export function lastWayPlaces(ways: readonly LastWay[]): string {
  const places = ways.map(({ to }) => to);
  const left = places.length - MOST_TOLD;
  if (left <= 0) return places.join(' and ');
  return `${places.slice(0, MOST_TOLD).join(', ')} and ${left} more`;
}

function lastWayText({ to, down }: LastWay): string {
  if (down.length === 0) return `no other WAN leads to ${to}`;
  return `nothing else leads to ${to} now (${down.join(', ')} ${down.length === 1 ? 'is' : 'are'} down or drained)`;
}
