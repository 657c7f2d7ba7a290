/**
 * The port to a data plane: read what there is, do one change or many. The kernel's and the fake one pass
 * the same contract suite.
 *
 * Always holds: after `execute(change)` a `read` shows its effect, and after `execute(inverse(change))`
 * what was there before.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Resource, ResourceKind } from '../plan/resource.ts';
import type { Facts } from '../plan/facts.ts';
import type { Observed } from './actual.ts';
import type { Change } from './change.ts';
import type { Ledger } from './ledger.ts';

/** What a read should cover. */
export interface Scope {
  /** The sites whose number ranges may hold something of ours: the applied one and the wanted one. */
  readonly sites: readonly SiteConfig[];
  readonly ledger: Ledger;
  /** Of the same moment: the data plane does not read the listings again that it took them from. */
  readonly facts?: Facts;
  /** What will be asked for; needed because not everything that exists can be listed (sysctls). */
  readonly wanted: readonly Resource[];
  /** Only these; default: all. For who has no time to read the whole machine. */
  readonly kinds?: ReadonlySet<ResourceKind>;
}

export interface ExecuteAllOptions {
  /** Told of each before it is made, in order; some of those that follow a failure may be told, too. */
  readonly progress?: ((change: Change, index: number) => void) | undefined;
  /** Asked before each, or before as many as are made at once: true, and it fails as interrupted. */
  readonly stopped?: (() => boolean) | undefined;
}

export interface Executed {
  /** So many were carried out completely, the first ones. */
  readonly done: number;
  /** Why the one after them was not; it is taken back where it was half made. Absent: all are done. */
  readonly error?: unknown;
}

export interface Dataplane {
  /** Which of these interfaces exist. */
  present(interfaces: readonly string[]): Promise<ReadonlySet<string>>;
  /** What a plan needs to know of these interfaces, which may not exist. */
  facts(interfaces: readonly string[]): Promise<Facts>;
  read(scope: Scope): Promise<readonly Observed[]>;
  /** Throws a `WamptcpError` when a program that these changes need is missing; changes nothing. */
  ready(changes: readonly Change[]): void;
  /** Throws a `WamptcpError` that says what the kernel's answer means for what was to be changed; what was half made is taken back. */
  execute(change: Change): Promise<void>;
  /** Carries out changes in order until one fails; many at the cost of few. Never throws. */
  executeAll(changes: readonly Change[], options?: ExecuteAllOptions): Promise<Executed>;
  /** The exact commands that {@link execute} would run, for people and for golden files. */
  commands(change: Change): readonly string[];
}
