/**
 * What has to outlive a process: what was applied, what was taken, and what waits for confirmation.
 *
 * Always holds: kept under /run, since the kernel's state, which it describes, ends with the boot
 * too; written whole and atomically.
 */
import type { SiteConfig } from '../config/site.ts';
import { directNames } from '../plan/direct-path.ts';
import { NO_OVERRIDES } from '../plan/overrides.ts';
import type { Overrides } from '../plan/overrides.ts';
import type { Ledger } from './ledger.ts';

/** A site, and where it comes from. */
export interface SiteSource {
  readonly site: SiteConfig;
  /** The file it came from, absolute. */
  readonly file: string;
  /** What was in that file: a later version may know keys that `site` lacks. */
  readonly text?: string | undefined;
}

export interface Applied extends SiteSource {
  /** Wall clock, milliseconds. */
  readonly at: number;
}

/** An `apply --confirm` whose confirmation has not come yet. */
export interface Pending {
  /** What waits; undefined: it was written before this was kept. */
  readonly source: SiteSource | undefined;
  /** What to go back to; undefined: nothing was applied before. */
  readonly previous: Applied | undefined;
  /** Set when the apply has ended; without it, it is at work, or was killed. */
  readonly time: PendingTime | undefined;
}

export interface PendingTime {
  /** Wall clock, milliseconds: what people are told. */
  readonly until: number;
  /** Monotonic, milliseconds: what decides, whatever becomes of the wall clock meanwhile. */
  readonly due: number;
}

export interface State {
  readonly ledger: Ledger;
  readonly applied: Applied | undefined;
  /** Set while an apply is under way; still set after a crash, and then its ranges are swept too. */
  readonly attempting: SiteConfig | undefined;
  readonly pending: Pending | undefined;
  /** How the last pending apply ended, for the one who waits for it. */
  readonly confirmed: boolean | undefined;
  /** What was rolled back last: a restart does not apply it again, only somebody who says so. */
  readonly refused: SiteSource | undefined;
  readonly decisions: Decisions;
}

/** What was decided at run time; kept, so that whoever applies next decides the same. */
export interface Decisions {
  /** WANs drained by `wan drain`. */
  readonly drainedWans: readonly string[];
  /** Paths, as in `Overrides`. */
  readonly held: readonly string[];
  readonly suspect: readonly string[];
  readonly pathMtu: Readonly<Record<string, number>>;
  readonly directDown: readonly string[];
  readonly directHeld: readonly string[];
}

export const EMPTY_STATE: State = {
  ledger: new Map(),
  applied: undefined,
  attempting: undefined,
  pending: undefined,
  confirmed: undefined,
  refused: undefined,
  decisions: {
    drainedWans: [],
    held: [],
    suspect: [],
    pathMtu: {},
    directDown: [],
    directHeld: [],
  },
};

/** Decisions in the plan's terms; what names a path or WAN that is no more is dropped. */
export function overridesFrom(decisions: Decisions, site: SiteConfig): Overrides {
  const paths = site.peers.flatMap((peer) => peer.paths);
  const names = new Set(paths.map((path) => path.name));
  const ways = directNames(site);
  const toName = ({ name }: { readonly name: string }): string => name;
  const drainedWans = new Set(decisions.drainedWans);
  const named = (those: readonly string[]): ReadonlySet<string> =>
    new Set(those.filter((name) => names.has(name)));
  return {
    drained: new Set(paths.filter((path) => drainedWans.has(path.wan)).map((path) => path.name)),
    held: named(decisions.held),
    suspect: named(decisions.suspect),
    pathMtu: new Map(Object.entries(decisions.pathMtu).filter(([name]) => names.has(name))),
    directDown: new Set(ways.filter(({ name }) => decisions.directDown.includes(name)).map(toName)),
    directHeld: new Set(
      ways
        .filter(({ name, wan }) => decisions.directHeld.includes(name) || drainedWans.has(wan))
        .map(toName),
    ),
  };
}

/** Those of a state; without a site there is nothing to decide. */
export function overridesOf(state: State, site: SiteConfig | undefined): Overrides {
  return site === undefined ? NO_OVERRIDES : overridesFrom(state.decisions, site);
}

/** The port to where the state is kept. */
export interface StateStore {
  load(): Promise<State>;
  save(state: State): Promise<void>;
}
