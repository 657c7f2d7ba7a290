/**
 * The status of a gateway without a daemon: paths as the engine says, the rest as the machine is.
 *
 * Always holds: reads only, and judges nothing by itself; what only a daemon knows is null, or unknown.
 */
import type { SiteConfig } from '../config/site.ts';
import { control, enginePid } from '../dataplane/kernel/engine.ts';
import type { Clock } from '../lib/clock.ts';
import { parseSessions } from '../monitor/engine-log.ts';
import type { BfdState, BfdTransition } from '../monitor/engine-log.ts';
import type { Address } from '../net/address.ts';
import { RateMeter } from '../observe/rate-meter.ts';
import type { Status } from '../observe/status.ts';
import { planPaths } from '../plan/path.ts';
import { readInterfaceCounters } from '../system/interface-counters.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { CarriageTracker } from './carriage-tracker.ts';
import type { Gateway } from './gateway.ts';
import { drainedByPeer, engineRoutes } from './kernel-questions.ts';
import { PathTracker } from './path-tracker.ts';
import { ProvisionWatch } from './provision-watch.ts';
import { ProxyWatch } from './proxy-watch.ts';
import { snapshot } from './snapshot.ts';
import { findWarnings } from './warnings.ts';

/** A path in one word. */
export interface PathSession {
  readonly name: string;
  readonly peer: string;
  readonly state: 'up' | 'starting' | 'down' | 'drained' | 'not there yet';
}

const WORDS: Readonly<Record<BfdState, PathSession['state']>> = {
  Up: 'up',
  Init: 'starting',
  Down: 'down',
  AdminDown: 'drained',
};

/** Of all paths of the site, in the order of the file. */
export async function sessionStates(
  directory: RunDirectory,
  site: SiteConfig,
): Promise<readonly PathSession[]> {
  const sessions = await engineSessions(directory);
  return planPaths(site).map(({ name, peer, farAddress }) => {
    const state = sessions.get(farAddress)?.to;
    return { name, peer, state: state === undefined ? 'not there yet' : WORDS[state] };
  });
}

export interface Unwatched {
  readonly gateway: Gateway;
  readonly directory: RunDirectory;
  readonly clock: Clock;
  readonly version: string;
}

/** @returns undefined: nothing is applied. */
export async function unwatchedStatus(options: Unwatched): Promise<Status | undefined> {
  const { gateway, directory, clock, version } = options;
  const { applied, attempting, pending, decisions } = await gateway.state();
  // While it is being applied, and after one that was killed, it is the one that one asks for.
  const shown = pending?.source?.site ?? applied?.site ?? attempting;
  if (shown === undefined) return undefined;
  const { facts, desired } = await gateway.plan(shown);
  const nothing = (): void => undefined;
  const programs = {
    ...{ site: shown, directory, onEvent: nothing },
    exclusively: <T>(work: () => Promise<T>) => gateway.exclusively(work),
  };
  const provision = new ProvisionWatch(programs);
  const tunnels = desired?.resources.flatMap((one) =>
    one.kind === 'vxlan' ? [[one.name, one.mtu] as const] : [],
  );
  return snapshot({
    site: shown,
    version,
    daemonSince: undefined,
    enginePid: await enginePid(directory),
    engineRestarts: 0,
    pendingUntil: pending?.time?.until,
    drainedWans: decisions.drainedWans,
    paths: await trackedPaths(shown, options, decisions.held),
    carriage: await carriageOf(shown),
    direct: undefined,
    meter: countersNow(clock),
    facts,
    waiting: desired?.waiting ?? [],
    rules: desired?.resources.filter(({ kind }) => kind === 'rule').length ?? 0,
    tunnelMtus: new Map(tunnels),
    pathMtu: decisions.pathMtu,
    diagnoses: new Map(),
    warnings: (await findWarnings(shown)).warnings,
    provision: await provision.status(),
    proxy: await new ProxyWatch(programs).status(),
    hosts: await provision.hosts(),
    now: clock.monotonic(),
  });
}

async function trackedPaths(
  site: SiteConfig,
  { directory, clock }: Unwatched,
  held: readonly string[],
): Promise<PathTracker> {
  const now = clock.monotonic();
  const tracker = new PathTracker(site, undefined, now, held);
  const sessions = await engineSessions(directory);
  const drained = await drainedByPeer(tracker.all().map(({ plan }) => plan.device));
  for (const path of tracker.all()) {
    const session = sessions.get(path.plan.farAddress);
    if (session === undefined) continue;
    const drain = drained.has(path.plan.device) ? 'by-peer' : undefined;
    tracker.verdict(path, session.to, session.at, now, drain);
  }
  return tracker;
}

/** By the far address; without an engine none. */
async function engineSessions(
  directory: RunDirectory,
): Promise<ReadonlyMap<Address, BfdTransition>> {
  const text = await control(directory, 'show', 'bfd', 'sessions').catch(() => '');
  return new Map(parseSessions(text).map((session) => [session.far, session]));
}

async function carriageOf(site: SiteConfig): Promise<CarriageTracker> {
  const carriage = new CarriageTracker(site);
  for (const { table, destination, interface: device } of await engineRoutes()) {
    // An unreachable route has no device, or the loopback.
    carriage.routeIs(table, destination, device === 'lo' ? undefined : device);
  }
  return carriage;
}

/** Bytes so far; there is no rate in one look. */
function countersNow(clock: Clock): RateMeter {
  const meter = new RateMeter();
  for (const [name, counters] of readInterfaceCounters()) {
    meter.add(name, counters, clock.monotonic());
  }
  return meter;
}
