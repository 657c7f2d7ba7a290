/**
 * Verdicts and route changes → events that a person understands; pure.
 *
 * Always holds: the words are DESIGN's: repair, revert, detour, drain.
 */
import { familyOf } from '../net/address.ts';
import { formatDuration } from '../net/duration.ts';
import type { Event } from '../observe/event.ts';
import { VXLAN_OVERHEAD } from '../plan/tunnels.ts';
import type { Move } from './carriage-tracker.ts';
import type { PathTracker, TrackedPath, Verdict } from './path-tracker.ts';

type Narrated = Omit<Event, 'at'> & { readonly at: number };

/** @param wall of a verdict that was found, not seen: adopted by a daemon that has just started. */
export function describeVerdict(
  { path, before }: Verdict,
  paths: PathTracker,
  wall: number,
): readonly Narrated[] {
  const { name, wan, peer } = path.plan;
  const adopted = before.bfd === undefined;
  const lasted = path.history.since - before.history.since;
  const common = {
    at: adopted ? wall : (path.verdictAt ?? wall),
    path: name,
    wan: wan.name,
    ...(adopted ? {} : { afterMs: lasted }),
  };
  if (path.history.up) {
    const after = adopted ? '' : ` again after ${formatSeconds(lasted)}`;
    return [{ ...common, kind: 'path-up', text: `${name} is up${after}` }];
  }
  const down: Narrated = { ...common, kind: 'path-down', text: downText(path, adopted) };
  if (paths.all().some((other) => other.plan.peer === peer && other.history.up)) return [down];
  const text = `no path to ${peer} is up; traffic waits for the first that returns`;
  return [down, { at: common.at, kind: 'no-path', text }];
}

/** @param now monotonic. */
export function describeHeld(path: TrackedPath, wall: number, now: number): Narrated {
  const { name, wan } = path.plan;
  const left = formatSeconds(path.history.heldUntil - now);
  const why = path.history.damped ? `it flaps, damped for ${left}` : `hold-down for ${left}`;
  return {
    at: wall,
    kind: 'path-held',
    path: name,
    wan: wan.name,
    text: `${name} is held: ${why}`,
  };
}

export function describeRelease(path: TrackedPath, wall: number): Narrated {
  const { name, wan } = path.plan;
  return {
    at: wall,
    kind: 'path-released',
    path: name,
    wan: wan.name,
    text: `${name} is released`,
  };
}

/**
 * What a path takes is told by what its line takes, since that is what a provider can be asked about.
 * @param mtu, full octets inside the tunnel: what fits through, and what its device takes.
 */
export function describePathMtu(
  path: TrackedPath,
  mtu: number,
  full: number,
  wall: number,
): Narrated {
  const { name, wan, config } = path.plan;
  const overhead = VXLAN_OVERHEAD[familyOf(config.remote)];
  const text =
    mtu === full
      ? `${name}: packets of ${full + overhead} octets come through`
      : `${name}: the line takes packets of ${mtu + overhead} octets, its interface ` +
        `${full + overhead}; what is sent by it is kept to that`;
  return { at: wall, kind: 'path-mtu', path: name, wan: wan.name, text };
}

function downText(path: TrackedPath, adopted: boolean): string {
  const { name, peer } = path.plan;
  if (path.drain === 'here') return `${name} is drained here`;
  if (path.drain === 'by-peer') return `${name} is drained by ${peer}`;
  if (adopted) return `${name} is not up`;
  return `${name} has failed${path.history.damped ? '; it flaps and is damped' : ''}`;
}

/**
 * @returns undefined: moved to a path that is not up, because none is; that was told already.
 */
export function describeMove(
  move: Move & { readonly at: number },
  paths: PathTracker,
): Narrated | undefined {
  const to = paths.byDevice(move.to);
  const from = paths.byDevice(move.from);
  if (to?.history.up !== true) return undefined;
  const home = to.plan.name === move.primary?.name;
  return {
    at: move.at,
    ...(move.traffic.kind === 'from-wan' ? { wan: move.traffic.wan } : {}),
    path: to.plan.name,
    kind: home ? 'revert' : from?.drain === undefined ? 'repair' : 'drained',
    text: `${subject(move)}: ${home ? `back on ${to.plan.name}` : elsewhere(move, to.plan.name)}`,
    ...switchTime(move.at, (home ? to : from)?.verdictAt),
  };
}

/** Those of one path go to several others. */
function elsewhere({ traffic }: Move, path: string): string {
  return traffic.kind === 'spread' ? 'now by the others' : `now by ${path}`;
}

function subject({ traffic, peer, primary }: Move): string {
  switch (traffic.kind) {
    case 'from-wan':
      return `${traffic.wan} to ${peer}`;
    case 'to-tied':
      return `TCP to ${peer}'s subnets of ${primary?.wan.name ?? ''}`;
    case 'class':
      return `class ${traffic.name} to ${peer}`;
    case 'spread':
      return `flows to ${peer} spread over ${primary?.wan.name ?? ''}`;
    case 'rest':
      return `UDP and the rest to ${peer}`;
  }
}

/** Only when the verdict is what caused the switch, not one of long ago. */
export function switchTime(
  at: number,
  verdictAt: number | undefined,
): { readonly switchMs?: number } {
  if (verdictAt === undefined) return {};
  const elapsed = at - verdictAt;
  return elapsed >= 0 && elapsed < 1000 ? { switchMs: elapsed } : {};
}

export function formatSeconds(milliseconds: number): string {
  const step = milliseconds < 1000 ? 1 : 100;
  return formatDuration(Math.round(milliseconds / step) * step);
}
