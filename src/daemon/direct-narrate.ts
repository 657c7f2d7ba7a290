/**
 * Verdicts on direct WANs and moves between them → events that a person understands; pure.
 *
 * Always holds: that no direct WAN is up is told as such, never as a return to one.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import type { Event } from '../observe/event.ts';
import type { PathHistory } from '../recover/policy.ts';
import { INTERNET } from './direct-status.ts';
import type { TrackedDirect } from './direct-tracker.ts';
import { formatSeconds, switchTime } from './narrate.ts';

type Narrated = Omit<Event, 'at'> & { readonly at?: number };

/** @param tracked all direct paths, as they are after the verdict. */
export function describeDirectVerdict(
  { path, history, targets, verdictAt }: TrackedDirect,
  before: PathHistory,
  tracked: readonly TrackedDirect[],
): readonly Narrated[] {
  const lasted = history.since - before.since;
  const common = {
    ...(verdictAt === undefined ? {} : { at: verdictAt }),
    path: path.name,
    wan: path.wan.name,
    afterMs: lasted,
  };
  if (history.up) {
    const text = `${path.name} leads to the Internet again after ${formatSeconds(lasted)}`;
    return [{ ...common, kind: 'path-up', text }];
  }
  const silent = targets
    .filter(({ roundTrip }) => roundTrip.last === undefined)
    .map(({ address, tcp }) => (tcp === undefined ? address : `${address} port ${tcp}`))
    .join(', ');
  const damped = history.damped ? '; it flaps and is damped' : '';
  const text = `${path.name} does not lead to the Internet: no answer from ${silent}${damped}`;
  const down: Narrated = { ...common, kind: 'path-down', text };
  if (tracked.some((other) => other.path.family === path.family && other.history.up)) return [down];
  return [
    down,
    {
      ...(verdictAt === undefined ? {} : { at: verdictAt }),
      kind: 'no-path',
      text: `no direct WAN is up (${path.family}); new connections stay on the WANs they belong to`,
    },
  ];
}

export interface DirectMove {
  /** The WAN whose subnets it is about; undefined: what is not TCP, or has no WAN. */
  readonly home: Wan | undefined;
  readonly family: string;
  /** Devices. */
  readonly from: string | undefined;
  readonly to: string;
  readonly at: number;
}

/** @returns undefined: moved to a WAN that is not up, because none is; that was told already. */
export function describeDirectMove(
  { home, family, from, to, at }: DirectMove,
  site: SiteConfig,
  tracked: readonly TrackedDirect[],
  wall: number,
): Narrated | undefined {
  const wanOf = (device: string | undefined): Wan | undefined =>
    site.wans.find((wan) => wan.interface === device);
  const wan = wanOf(to);
  const subject = `${home?.name ?? 'UDP and the rest'} to the ${INTERNET}`;
  if (wan === undefined) {
    return { at, kind: 'no-path', text: `${subject}: no direct WAN is left (${family})` };
  }
  const target = tracked.find(({ path }) => path.family === family && path.wan.name === wan.name);
  if (target?.history.up === false) return undefined;
  const preferred = site.recovery.preference.find((name) =>
    site.wans.some((one) => one.name === name && one.direct),
  );
  const back = wan.name === (home?.direct === true ? home.name : preferred);
  const cause = tracked.find(
    ({ path }) => path.family === family && path.wan.name === (back ? wan : wanOf(from))?.name,
  );
  return {
    at: at === 0 ? wall : at,
    ...(home === undefined ? {} : { wan: home.name }),
    path: `${wan.name}/${family}`,
    kind: back ? 'revert' : 'repair',
    text: `${subject}: new connections ${back ? 'back on' : 'now by'} ${wan.name} (${family})`,
    ...switchTime(at, cause?.verdictAt),
  };
}
