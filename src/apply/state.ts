/**
 * What has to outlive a process: what was applied, what was taken, and what waits for confirmation.
 *
 * Always holds: kept under /run, since the kernel's state, which it describes, ends with the boot
 * too; written whole and atomically.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Ledger } from './ledger.ts';

export interface Applied {
  readonly site: SiteConfig;
  /** The file it came from, absolute. */
  readonly file: string;
  /** Wall clock, milliseconds. */
  readonly at: number;
}

/** An `apply --confirm` whose confirmation has not come yet. */
export interface Pending {
  /** What to go back to; undefined: nothing was applied before. */
  readonly previous: Applied | undefined;
  /** Wall clock, milliseconds. */
  readonly until: number;
}

export interface State {
  readonly ledger: Ledger;
  readonly applied: Applied | undefined;
  /** Set while an apply is under way; still set after a crash, and then its ranges are swept too. */
  readonly attempting: SiteConfig | undefined;
  readonly pending: Pending | undefined;
  /** Run-time decisions that outlive the daemon: names of WANs that are drained. */
  readonly drainedWans: readonly string[];
}

export const EMPTY_STATE: State = {
  ledger: new Map(),
  applied: undefined,
  attempting: undefined,
  pending: undefined,
  drainedWans: [],
};

/** The port to where the state is kept. */
export interface StateStore {
  load(): Promise<State>;
  save(state: State): Promise<void>;
}
