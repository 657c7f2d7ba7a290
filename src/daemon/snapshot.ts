/**
 * Everything the daemon knows → the status snapshot; pure.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import { formatInterfaceAddress } from '../net/address.ts';
import type { Metered, RateMeter } from '../observe/rate-meter.ts';
import type {
  HostStatus,
  PathStatus,
  ProvisionStatus,
  ProxyStatus,
  Status,
  WanStatus,
} from '../observe/status.ts';
import type { Warning } from '../observe/warning.ts';
import type { Facts, Waiting } from '../plan/facts.ts';
import type { Host } from '../provision/host.ts';
import { isHeld } from '../recover/policy.ts';
import type { CarriageTracker } from './carriage-tracker.ts';
import type { DirectWatch } from './direct-watch.ts';
import type { PathTracker, TrackedPath } from './path-tracker.ts';

export interface SnapshotSource {
  readonly site: SiteConfig;
  readonly version: string;
  /** Undefined: none runs. */
  readonly daemonSince: number | undefined;
  readonly enginePid: number | undefined;
  readonly engineRestarts: number;
  readonly pendingUntil: number | undefined;
  readonly drainedWans: readonly string[];
  readonly paths: PathTracker;
  readonly carriage: CarriageTracker;
  /** Undefined: no WAN is direct. */
  readonly direct: DirectWatch | undefined;
  readonly meter: RateMeter;
  readonly facts: Facts;
  readonly waiting: readonly Waiting[];
  readonly rules: number;
  /** What the device of each tunnel takes, octets. */
  readonly tunnelMtus: ReadonlyMap<string, number>;
  /** Of paths that take less than that, by name. */
  readonly pathMtu: Readonly<Record<string, number>>;
  /** Why paths are not up, by name. */
  readonly diagnoses: ReadonlyMap<string, string>;
  /** What of the machine is in the way. */
  readonly warnings: readonly Warning[];
  readonly provision: ProvisionStatus | null;
  readonly proxy: ProxyStatus | null;
  readonly hosts: readonly Host[];
  /** Monotonic. */
  readonly now: number;
}

export function snapshot(source: SnapshotSource): Status {
  const { site } = source;
  const waiting = new Map(source.waiting.map(({ what, reason }) => [what, reason]));
  const paths = source.paths
    .all()
    .map((path) => pathSnapshot(source, path, waiting.get(`path ${path.plan.name}`)));
  return {
    site: site.site,
    version: source.version,
    daemon:
      source.daemonSince === undefined ? null : { pid: process.pid, since: source.daemonSince },
    engine: {
      running: source.enginePid !== undefined,
      pid: source.enginePid ?? null,
      restarts: source.engineRestarts,
    },
    fastRecovery: site.recovery.fast,
    pendingUntil: source.pendingUntil ?? null,
    rules: source.rules,
    wans: site.wans.map((wan, index) => wanSnapshot(source, wan, index, paths)),
    paths,
    best: [...source.carriage.bestCarriage(), ...(source.direct?.bestCarriage() ?? [])],
    classes: site.classes.map(({ name, spread }, index) => ({
      name,
      spread,
      carriedBy: [...source.carriage.classCarriage(index)],
    })),
    spread: site.recovery.spread,
    shares: [...source.carriage.shares()],
    provision: source.provision,
    proxy: source.proxy,
    hosts: source.hosts.map(hostSnapshot),
    waiting: [...source.waiting],
    warnings: [...source.warnings],
  };
}

/** @param waiting for what; undefined: for nothing. */
function pathSnapshot(
  source: SnapshotSource,
  path: TrackedPath,
  waiting: string | undefined,
): PathStatus {
  const { plan, bfd, roundTrip } = path;
  const { interval, multiplier } = source.site.detection;
  const state = waiting === undefined ? pathState(source, path) : 'waiting';
  return {
    name: plan.name,
    peer: plan.peer,
    wan: plan.wan.name,
    device: plan.device,
    remote: plan.config.remote,
    vni: plan.config.vni,
    state,
    since: path.verdictAt ?? null,
    reason: waiting ?? reason(source, path, state),
    bfd: {
      state: bfd ?? null,
      intervalMs: interval,
      multiplier,
      detectionMs: interval * multiplier,
    },
    roundTripMs: roundTrip.smoothed ?? null,
    probeLoss: roundTrip.loss,
    mtu: source.pathMtu[plan.name] ?? source.tunnelMtus.get(plan.device) ?? null,
    deviceMtu: source.tunnelMtus.get(plan.device) ?? null,
    counters: counters(source.meter.get(plan.device)),
  };
}

function pathState(source: SnapshotSource, path: TrackedPath): PathStatus['state'] {
  if (source.drainedWans.includes(path.plan.wan.name)) return 'drained';
  if (path.bfd === undefined) return 'unknown';
  if (path.drain === 'by-peer') return 'drained-by-peer';
  if (!path.history.up) return 'down';
  return isHeld(path.history, source.now) ? 'held' : 'up';
}

function reason(
  source: SnapshotSource,
  path: TrackedPath,
  state: PathStatus['state'],
): string | null {
  if (state === 'down') return source.diagnoses.get(path.plan.name) ?? null;
  if (state !== 'held') return null;
  const seconds = Math.ceil((path.history.heldUntil - source.now) / 1000);
  return path.history.damped ? `flapped; damped for ${seconds} s` : `hold-down for ${seconds} s`;
}

function wanSnapshot(
  source: SnapshotSource,
  wan: Wan,
  index: number,
  paths: readonly PathStatus[],
): WanStatus {
  const facts = source.facts.interfaces.get(wan.interface);
  const direct = wan.direct ? [...(source.direct?.status(index, source.drainedWans) ?? [])] : null;
  const ways = [...paths.filter((path) => path.wan === wan.name), ...(direct ?? [])];
  // Without a daemon nobody probes what leads to no peer.
  const unknown = wan.direct && source.direct === undefined && ways.length === 0;
  return {
    name: wan.name,
    number: index + 1,
    interface: wan.interface,
    present: facts !== undefined,
    state: wanState(unknown ? [{ state: 'unknown' }] : ways, facts !== undefined),
    addresses: (facts?.addresses ?? wan.addresses).map(formatInterfaceAddress),
    nexthops: [
      ...(wan.nexthops.length > 0
        ? wan.nexthops
        : (facts?.ways ?? []).flatMap(({ via }) => via ?? [])),
    ],
    subnets: wan.subnets.map((subnet) => subnet.prefix),
    capacity: wan.capacity,
    direct,
    carriedBy: [
      ...source.carriage.wanCarriage(index),
      ...(source.direct?.wanCarriage(index) ?? []),
    ],
    counters: counters(source.meter.get(wan.interface)),
  };
}

/** A WAN is up when one of its paths is. */
function wanState(
  paths: readonly { readonly state: PathStatus['state'] }[],
  present: boolean,
): WanStatus['state'] {
  if (!present) return 'waiting';
  if (paths.some((path) => path.state === 'up' || path.state === 'held')) return 'up';
  if (paths.some((path) => path.state.startsWith('drained'))) return 'drained';
  if (paths.every((path) => path.state === 'waiting')) return 'waiting';
  return paths.every((path) => path.state === 'unknown') ? 'unknown' : 'down';
}

function hostSnapshot({ mac, name, addresses, wanAware }: Host): HostStatus {
  return {
    mac: mac ?? null,
    name: name ?? null,
    addresses: addresses.map(({ address, wan, expires }) => ({
      address,
      wan,
      expires: expires === undefined || expires === Infinity ? null : expires,
    })),
    wanAware,
  };
}

function counters(metered: Metered | undefined): PathStatus['counters'] {
  return metered ?? null;
}
