/**
 * What the daemon knows of every direct path: the answers of its targets, the verdict, its history.
 *
 * Always holds: no effects; times are given by the caller; what was down before the daemon began is
 * down until its targets have shown the contrary.
 */
import type { ProbeTarget, SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import { addProbe, NO_ROUND_TRIP } from '../monitor/round-trip.ts';
import type { RoundTrip } from '../monitor/round-trip.ts';
import { isAlive, isAliveAndAnswers, leadsSomewhere } from '../monitor/target-health.ts';
import type { DirectPath } from '../plan/direct-path.ts';
import {
  initialHistory,
  isHeld,
  nextRelease,
  pathCameUp,
  pathWentDown,
} from '../recover/policy.ts';
import type { PathHistory } from '../recover/policy.ts';

export interface TrackedTarget extends ProbeTarget {
  readonly roundTrip: RoundTrip;
}

export interface TrackedDirect {
  readonly path: DirectPath;
  readonly targets: readonly TrackedTarget[];
  readonly history: PathHistory;
  /** Wall clock of the last verdict that changed something. */
  readonly verdictAt: number | undefined;
}

export class DirectTracker {
  readonly #site: SiteConfig;
  /** Also those that have no address now: what is known of them stays. */
  readonly #tracked: Map<string, TrackedDirect>;
  readonly #downBefore: ReadonlySet<string>;
  #present: ReadonlySet<string> = new Set();

  /** @param down names of direct paths that were last known to be down. */
  constructor(site: SiteConfig, down: readonly string[], previous: DirectTracker | undefined) {
    this.#site = site;
    this.#downBefore = new Set(down);
    this.#tracked = new Map(previous === undefined ? [] : previous.#tracked);
  }

  /** Those that there are now. */
  all(): readonly TrackedDirect[] {
    return [...this.#tracked.values()].filter(({ path }) => this.#present.has(path.name));
  }

  /**
   * The direct paths that there are now. With another address a path keeps its verdict, but what its
   * targets answered to the old one counts no more: the first answers decide.
   */
  setPaths(paths: readonly DirectPath[], now: number): void {
    this.#present = new Set(paths.map(({ name }) => name));
    for (const path of paths) {
      const known = this.#tracked.get(path.name);
      const moved = known !== undefined && !isSamePlace(known.path, path);
      const asked = targetsOf(this.#site, path);
      this.#tracked.set(path.name, {
        path,
        targets: asked.map(
          (target) =>
            (moved ? undefined : known?.targets.find((one) => isSame(one, target))) ?? {
              ...target,
              roundTrip:
                known === undefined && this.#downBefore.has(path.name)
                  ? this.#allLost()
                  : NO_ROUND_TRIP,
            },
        ),
        history:
          // Nobody could say that it is up again.
          asked.length === 0
            ? initialHistory(true, now)
            : (known?.history ?? initialHistory(!this.#downBefore.has(path.name), now)),
        verdictAt: known?.verdictAt,
      });
    }
  }

  /**
   * One answer, or that there was none.
   * @returns the path with its history before, when it went up or down by it.
   */
  answer(
    name: string,
    target: ProbeTarget,
    roundTrip: number | undefined,
    now: number,
    wall: number,
  ): { readonly direct: TrackedDirect; readonly before: PathHistory } | undefined {
    const known = this.#tracked.get(name);
    if (known === undefined) return undefined;
    const { probes, recovery } = this.#site;
    const targets = known.targets.map((one) =>
      isSame(one, target)
        ? { ...one, roundTrip: addProbe(one.roundTrip, { roundTrip }, probes.window) }
        : one,
    );
    const { history: before } = known;
    // What is down comes up by answers, and not because nobody was asked often enough yet.
    const isGood = before.up ? isAlive : isAliveAndAnswers;
    const up = leadsSomewhere(
      targets.map((one) => isGood(one.roundTrip, probes)),
      probes,
    );
    const changed = up !== before.up;
    const change = up ? pathCameUp : pathWentDown;
    const direct = {
      ...known,
      targets,
      history: changed ? change(before, recovery, now) : before,
      verdictAt: changed ? wall : known.verdictAt,
    };
    this.#tracked.set(name, direct);
    return changed ? { direct, before } : undefined;
  }

  /** Also those that are not there now. */
  down(): readonly string[] {
    const unseen = [...this.#downBefore].filter((name) => !this.#tracked.has(name));
    const known = [...this.#tracked.values()].filter((one) => !one.history.up);
    return [...unseen, ...known.map(({ path }) => path.name)].toSorted();
  }

  held(now: number): readonly string[] {
    return [...this.#tracked.values()]
      .filter((one) => isHeld(one.history, now))
      .map(({ path }) => path.name)
      .toSorted();
  }

  nextRelease(now: number): number | undefined {
    return nextRelease(
      this.all().map((one) => one.history),
      now,
    );
  }

  #allLost(): RoundTrip {
    const { window } = this.#site.probes;
    return { ...NO_ROUND_TRIP, loss: 1, recent: Array<boolean>(window).fill(false) };
  }
}

/** Those of the path's family; without any, its next hop, if there is one. */
export function targetsOf(site: SiteConfig, path: DirectPath): readonly ProbeTarget[] {
  const named = site.probes.targets.filter(({ address }) => familyOf(address) === path.family);
  if (named.length > 0) return named;
  return path.nexthop === undefined ? [] : [{ address: path.nexthop, tcp: undefined }];
}

function isSamePlace(one: DirectPath, other: DirectPath): boolean {
  return one.local === other.local && one.nexthop === other.nexthop;
}

function isSame(one: ProbeTarget, other: ProbeTarget): boolean {
  return one.address === other.address && one.tcp === other.tcp;
}
