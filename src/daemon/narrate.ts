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

/**
 * A path that was never up has not failed, and is not up *again*; what a daemon finds when it starts is
 * told by whoever sees that it stays so.
 * @param wall of a verdict that was found, not seen: adopted by a daemon that has just started.
 */
export function describeVerdict(
  { path, before, quiet }: Verdict,
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
    ...(before.wasUp ? { afterMs: lasted } : {}),
  };
  const all = paths.toPeer(peer);
  const others = all.filter((other) => other.plan.name !== name);
  // Damped, it carries nothing as long as another one is up.
  const unused = quiet && others.some((other) => other.history.up);
  if (path.history.up) {
    if (unused) return [];
    const after = before.wasUp ? ` again after ${formatSeconds(lasted)}` : '';
    return [{ ...common, kind: 'path-up', text: `${name} is up${after}` }];
  }
  if (!path.wasUp && path.drain === undefined) return [];
  const told: readonly Narrated[] = quiet
    ? []
    : [{ ...common, kind: 'path-down', text: downText(path) }];
  if (all.some((other) => other.history.up)) return told;
  // Nothing was up before, either: not an outage, but a beginning.
  if (!before.history.up) return told;
  return [...told, { at: common.at, ...nothingUp(path, others) }];
}

/** What becomes of the traffic when the last path to a peer has gone. */
function nothingUp(path: TrackedPath, others: readonly TrackedPath[]): Omit<Narrated, 'at'> {
  const { name, peer } = path.plan;
  const drained = others.filter((other) => other.drain !== undefined);
  if (path.drain === undefined) {
    const also = drained.map((other) => `${other.plan.name} is drained`).join(', ');
    const text = `no path to ${peer} is up${also === '' ? '' : ` (${also})`}; traffic waits for the first that returns`;
    return { kind: 'no-path', text };
  }
  if (drained.length === others.length) {
    const text = `every path to ${peer} is drained; traffic stays on ${name}`;
    return { kind: 'drained', path: name, wan: path.plan.wan.name, text };
  }
  return {
    kind: 'no-path',
    text: `no other path to ${peer} is up; traffic stays on ${name}, which is drained`,
  };
}

/** Of a path that has not been up since the daemon began. */
export function describeNeverUp({ plan: { name, wan } }: TrackedPath): Omit<Narrated, 'at'> {
  return { kind: 'path-down', path: name, wan: wan.name, text: `${name} is not up` };
}

/**
 * @param now monotonic.
 * @returns undefined: that it is damped was told when it failed.
 */
export function describeHeld(path: TrackedPath, wall: number, now: number): Narrated | undefined {
  const { name, wan } = path.plan;
  if (path.history.damped && path.quietChanges !== undefined) return undefined;
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
    text: `${name} is released${quietText(path)}`,
  };
}

function quietText({ history, quietChanges }: TrackedPath): string {
  if (!history.damped) return '';
  const times = quietChanges ?? 0;
  const changes = times === 0 ? '' : `, after ${times} more ${times === 1 ? 'change' : 'changes'}`;
  return `: it flaps no longer${changes}`;
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

function downText(path: TrackedPath): string {
  const { name, peer } = path.plan;
  if (path.drain === 'here') return `${name} is drained here`;
  if (path.drain === 'by-peer') return `${name} is drained by ${peer}`;
  const flaps = `; it flaps and is damped: left alone until it stays up`;
  return `${name} has failed${path.history.damped ? flaps : ''}`;
}

/**
 * @returns undefined: moved to a path that is not up, because none is; that was told already.
 */
export function describeMove(
  move: Move & { readonly at: number },
  paths: PathTracker,
  drained: ReadonlySet<string> = new Set(),
): Narrated | undefined {
  const to = paths.byDevice(move.to);
  const from = paths.byDevice(move.from);
  if (to?.history.up !== true) return undefined;
  const home = to.plan.name === move.primary?.name;
  const isDrained = from?.drain !== undefined || drained.has(from?.plan.device ?? '');
  return {
    at: move.at,
    ...(move.traffic.kind === 'from-wan' ? { wan: move.traffic.wan } : {}),
    path: to.plan.name,
    kind: home ? 'revert' : isDrained ? 'drained' : 'repair',
    text: `${subject(move, paths)}: ${home ? `back on ${to.plan.name}` : elsewhere(move, to.plan.name)}`,
    ...switchTime(move.at, (home ? to : from)?.verdictAt),
  };
}

/** Those of one path go to several others. */
function elsewhere({ traffic }: Move, path: string): string {
  return traffic.kind === 'spread' ? 'now by the others' : `now by ${path}`;
}

/** Traffic of one path is named by the path where its WAN has several to that peer. */
function subject({ traffic, peer, primary }: Move, paths: PathTracker): string {
  const alike = paths
    .all()
    .filter(({ plan }) => plan.peer === peer && plan.wan.name === primary?.wan.name);
  const home = (alike.length > 1 ? primary?.name : primary?.wan.name) ?? '';
  switch (traffic.kind) {
    case 'from-wan':
      return `${traffic.wan} to ${peer}`;
    case 'to-tied':
      return `TCP to ${peer}'s subnets of ${home}`;
    case 'class':
      return `class ${traffic.name} to ${peer}`;
    case 'spread':
      return `flows to ${peer} spread over ${home}`;
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
