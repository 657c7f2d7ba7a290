/**
 * What the daemon knows of every path: the engine's verdict, its history, and whether the peer says
 * that it drains it.
 *
 * Always holds: no effects; times are monotonic and given by the caller.
 */
import type { SiteConfig } from '../config/site.ts';
import type { BfdState } from '../monitor/engine-log.ts';
import type { Address } from '../net/address.ts';
import { addProbe, NO_ROUND_TRIP } from '../monitor/round-trip.ts';
import type { Probe, RoundTrip } from '../monitor/round-trip.ts';
import type { PathPlan } from '../plan/path.ts';
import { planPaths } from '../plan/path.ts';
import {
  heldHistory,
  initialHistory,
  isHeld,
  nextRelease,
  pathCameUp,
  pathWentDown,
} from '../recover/policy.ts';
import type { PathHistory } from '../recover/policy.ts';

export interface TrackedPath {
  readonly plan: PathPlan;
  readonly bfd: BfdState | undefined;
  readonly history: PathHistory;
  /** Wall clock of the engine's last verdict. */
  readonly verdictAt: number | undefined;
  /** It is not up because somebody wants it so. */
  readonly drain: Drain | undefined;
  /** It is not up, and was drained since it was: BFD comes back a moment after the drain has ended. */
  readonly wasDrained: boolean;
  readonly roundTrip: RoundTrip;
  /** Since this daemon looks. */
  readonly wasUp: boolean;
  /** Of {@link wasUp}, as it is set now: set in another way, it may never come up. */
  readonly wasUpAsSet: boolean;
  /** How often it changed since it is damped; undefined: it was not told that it is. */
  readonly quietChanges: number | undefined;
}

/** What decides whether it can come up at all. */
export function settingsOf({ name, config }: PathPlan): string {
  return [name, config.remote, config.vni, config.nat].join(' ');
}

export type Drain = 'here' | 'by-peer';

export interface Verdict {
  readonly path: TrackedPath;
  readonly before: TrackedPath;
  /** It was damped before and still is: told once, each of its changes is no news. */
  readonly quiet: boolean;
}

/** Paths that fail within this time and the one of detection do so for one reason. */
const TOGETHER_MS = 1000;

/** A hub has thousands of paths, and each packet of a probe is one's. */
interface Names {
  readonly byDevice: ReadonlyMap<string, string>;
  readonly byFarAddress: ReadonlyMap<string, string>;
  readonly byPeer: ReadonlyMap<string, readonly PathPlan[]>;
}

export class PathTracker {
  readonly #settings: SiteConfig['recovery'];
  /** Milliseconds: the paths that one drain takes out of use go down within it. */
  readonly #detection: number;
  readonly #paths: Map<string, TrackedPath>;
  readonly #names: Names;
  readonly #heldBefore: ReadonlySet<string>;

  /** @param held names of paths that were held when the daemon ended. */
  constructor(
    site: SiteConfig,
    previous: PathTracker | undefined,
    now: number,
    held: readonly string[] = [],
  ) {
    this.#settings = site.recovery;
    this.#heldBefore = new Set(held);
    this.#detection = site.detection.interval * site.detection.multiplier;
    const plans = planPaths(site);
    this.#names = {
      byDevice: new Map(plans.map((plan) => [plan.device, plan.name])),
      byFarAddress: new Map(plans.map((plan) => [plan.farAddress, plan.name])),
      byPeer: Map.groupBy(plans, (plan) => plan.peer),
    };
    this.#paths = new Map(
      plans.map((plan) => {
        const known = previous?.byName(plan.name);
        const kept = known?.plan.device === plan.device ? known : undefined;
        return [
          plan.name,
          kept === undefined
            ? {
                plan,
                bfd: undefined,
                history: this.#unknown(plan.name, false, now),
                verdictAt: undefined,
                drain: undefined,
                wasDrained: false,
                roundTrip: NO_ROUND_TRIP,
                wasUp: false,
                wasUpAsSet: false,
                quietChanges: undefined,
              }
            : {
                ...kept,
                plan,
                wasUpAsSet: kept.wasUpAsSet && settingsOf(kept.plan) === settingsOf(plan),
              },
        ];
      }),
    );
  }

  all(): readonly TrackedPath[] {
    return [...this.#paths.values()];
  }

  byName(name: string): TrackedPath | undefined {
    return this.#paths.get(name);
  }

  byDevice(device: string | undefined): TrackedPath | undefined {
    return this.#named(this.#names.byDevice.get(device ?? ''));
  }

  byFarAddress(address: Address): TrackedPath | undefined {
    return this.#named(this.#names.byFarAddress.get(address));
  }

  toPeer(peer: string): readonly TrackedPath[] {
    const plans = this.#names.byPeer.get(peer) ?? [];
    return plans.flatMap((plan) => this.#paths.get(plan.name) ?? []);
  }

  /**
   * The engine's verdict on a path.
   * @param drain not a failure then, and no flap.
   * @returns undefined when nothing changes between up and not up.
   */
  verdict(
    before: TrackedPath,
    state: BfdState,
    at: number,
    now: number,
    drain: Drain | undefined,
  ): Verdict | undefined {
    const first = before.bfd === undefined;
    const up = state === 'Up';
    const changed = first || up !== before.history.up;
    const history = changed ? this.#history(before, first, up, drain, now) : before.history;
    const wasDamped = before.history.damped && isHeld(before.history, now);
    const quiet = !first && wasDamped && history.damped && drain === undefined;
    const path: TrackedPath = {
      ...before,
      bfd: state,
      verdictAt: changed ? at : before.verdictAt,
      drain: up ? undefined : drain,
      wasDrained: !up && (before.wasDrained || drain !== undefined),
      history,
      wasUp: before.wasUp || up,
      wasUpAsSet: before.wasUpAsSet || up,
      quietChanges: changed ? countQuiet(before, history, quiet, first) : before.quietChanges,
    };
    this.#paths.set(path.plan.name, path);
    return changed ? { path, before, quiet } : undefined;
  }

  setDrain(name: string, drain: Drain | undefined): void {
    this.#set(name, (path) => ({
      ...path,
      drain,
      wasDrained: path.wasDrained || drain !== undefined,
    }));
  }

  probe(probe: Probe): void {
    const path = this.byDevice(probe.device);
    if (path === undefined) return;
    this.#set(path.plan.name, (known) => ({
      ...known,
      roundTrip: addProbe(known.roundTrip, probe),
    }));
  }

  held(now: number): readonly string[] {
    // Where the routes do not follow BFD, a path that the peer drains must be left by us.
    const left = (path: TrackedPath): boolean => !this.#settings.fast && path.drain === 'by-peer';
    return this.all()
      .filter((path) => isHeld(path.history, now) || left(path))
      .map((path) => path.plan.name);
  }

  /**
   * Paths to be tried last when BFD says of none that it is up. If that is so now, because the
   * peer's engine has ended, say, these are the ones that were down before.
   */
  suspect(): readonly string[] {
    return [...this.#names.byPeer.keys()].flatMap((peer) => {
      const known = this.toPeer(peer).filter((path) => path.bfd !== undefined);
      const last = Math.max(...known.map((path) => path.verdictAt ?? 0));
      const oneIsUp = known.some((path) => path.history.up);
      const drained = known.filter((path) => !path.history.up && path.drain !== undefined);
      const before = (path: TrackedPath, within: number): boolean =>
        (path.verdictAt ?? 0) < last - within;
      // A drained path works, most likely, and is better than one that died.
      const isSuspect = (path: TrackedPath): boolean =>
        path.drain === undefined
          ? oneIsUp || drained.length > 0 || before(path, TOGETHER_MS + this.#detection)
          : drained.length === known.length && before(path, this.#detection);
      return known
        .filter((path) => !path.history.up && isSuspect(path))
        .map((path) => path.plan.name);
    });
  }

  nextRelease(now: number): number | undefined {
    return nextRelease(
      this.all().map((path) => path.history),
      now,
    );
  }

  #unknown(name: string, up: boolean, now: number): PathHistory {
    if (this.#heldBefore.has(name)) return heldHistory(up, this.#settings, now);
    return initialHistory(up, now);
  }

  #history(
    before: TrackedPath,
    first: boolean,
    up: boolean,
    drain: Drain | undefined,
    now: number,
  ): PathHistory {
    // A restarted daemon adopts what it finds: that is not a transition.
    if (first && drain !== undefined) return initialHistory(up, now);
    if (first) return this.#unknown(before.plan.name, up, now);
    // After a drain nothing is to be waited for, unless it failed before it was drained.
    const restored = before.wasDrained && before.history.heldUntil !== Infinity;
    if (up && restored) return { ...before.history, up, since: now };
    if (up) return pathCameUp(before.history, this.#settings, now);
    return drain === undefined
      ? pathWentDown(before.history, this.#settings, now)
      : { ...before.history, up: false, since: now };
  }

  #named(name: string | undefined): TrackedPath | undefined {
    return name === undefined ? undefined : this.#paths.get(name);
  }

  #set(name: string, change: (path: TrackedPath) => TrackedPath): void {
    const path = this.#paths.get(name);
    if (path !== undefined) this.#paths.set(name, change(path));
  }
}

function countQuiet(
  { quietChanges }: TrackedPath,
  history: PathHistory,
  quiet: boolean,
  first: boolean,
): number | undefined {
  if (quiet) return (quietChanges ?? 0) + 1;
  // Found damped by a daemon that has just started, it is yet to be told.
  return history.damped && !first ? 0 : undefined;
}
