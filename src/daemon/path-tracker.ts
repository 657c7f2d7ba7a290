/**
 * What the daemon knows of every path: the engine's verdict, its history, and whether the peer says
 * that it drains it.
 *
 * Always holds: no effects; times are monotonic and given by the caller.
 */
import type { SiteConfig } from '../config/site.ts';
import type { BfdState } from '../monitor/engine-log.ts';
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
  readonly roundTrip: RoundTrip;
  /** Since this daemon looks. */
  readonly wasUp: boolean;
  /** How often it changed since it is damped; undefined: it was not told that it is. */
  readonly quietChanges: number | undefined;
}

export type Drain = 'here' | 'by-peer';

export interface Verdict {
  readonly path: TrackedPath;
  readonly before: TrackedPath;
  /** It was damped before and still is: told once, each of its changes is no news. */
  readonly quiet: boolean;
}

export class PathTracker {
  readonly #settings: SiteConfig['recovery'];
  /** Paths that go down within this time, milliseconds, do so for one reason. */
  readonly #together: number;
  readonly #paths: Map<string, TrackedPath>;
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
    this.#together = 1000 + site.detection.interval * site.detection.multiplier;
    this.#paths = new Map(
      planPaths(site).map((plan) => {
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
                roundTrip: NO_ROUND_TRIP,
                wasUp: false,
                quietChanges: undefined,
              }
            : { ...kept, plan },
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
    return this.all().find((path) => path.plan.device === device);
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
      history,
      wasUp: before.wasUp || up,
      quietChanges: changed ? countQuiet(before, history, quiet, first) : before.quietChanges,
    };
    this.#paths.set(path.plan.name, path);
    return changed ? { path, before, quiet } : undefined;
  }

  setDrain(name: string, drain: Drain | undefined): void {
    this.#set(name, (path) => ({ ...path, drain }));
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
    const known = this.all().filter((path) => path.bfd !== undefined);
    return known
      .filter((path) => {
        const others = known.filter((other) => other.plan.peer === path.plan.peer);
        const last = Math.max(...others.map((other) => other.verdictAt ?? 0));
        const before = (path.verdictAt ?? 0) < last - this.#together;
        return !path.history.up && (before || others.some((other) => other.history.up));
      })
      .map((path) => path.plan.name);
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
    const restored = before.drain !== undefined && before.history.heldUntil !== Infinity;
    if (up && restored) return { ...before.history, up, since: now };
    if (up) return pathCameUp(before.history, this.#settings, now);
    return drain === undefined
      ? pathWentDown(before.history, this.#settings, now)
      : { ...before.history, up: false, since: now };
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
