/**
 * The operations on this machine's gateway, for the commands and the daemon alike: plan, apply,
 * down, confirm, roll back, drain.
 *
 * Always holds: one of them at a time per network namespace, also between processes; each reads the
 * machine anew, so it finishes what a killed predecessor began.
 */
import { isDeepStrictEqual } from 'node:util';

import { compare, execute } from '../apply/converge.ts';
import type { Comparison, Outcome } from '../apply/converge.ts';
import type { Change } from '../apply/change.ts';
import type { Dataplane } from '../apply/dataplane.ts';
import { onlyFollows } from '../apply/followers.ts';
import { EMPTY_STATE, overridesOf } from '../apply/state.ts';
import type { Decisions, Pending, SiteSource, State, StateStore } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';
import { NO_OVERRIDES } from '../plan/overrides.ts';
import type { Overrides } from '../plan/overrides.ts';
import { isSeparable, partsOf } from '../plan/part.ts';
import { resourceKey } from '../plan/resource.ts';
import type { ResourceKind } from '../plan/resource.ts';
import { acquireLock } from '../system/lock.ts';
import type { ApplyOptions, ReconvergeOptions } from './apply-options.ts';
import {
  awaitingConfirmation,
  busy,
  conflictOf,
  nothingApplied,
  unfinishedApply,
  inTheWay,
} from './gateway-errors.ts';
import { keptSiteOf, NothingKept } from './kept-sites.ts';
import type { KeptSites, KeptStore } from './kept-sites.ts';
import { refuseAnotherSite, refuseWithoutInterfaces } from './refusals.ts';

/** How long a command waits for another one that is at work. */
const LOCK_PATIENCE_MS = 15_000;

/** What decisions change. A path is held before it is back, so there is no time for more. */
const DECIDED_KINDS: ReadonlySet<ResourceKind> = new Set(['engine', 'nftables']);

/** So often an apply goes on with what its own changes have brought to light. */
const PASSES = 2;

type Executed = Outcome & Pick<ApplyReport, 'skipped'>;

/** Of what cannot be made, what is passed over while the rest is made. */
type PassOver = 'parts' | 'everything';

export interface ApplyReport extends Outcome {
  readonly comparison: Comparison;
  /** Not tried; see {@link ReconvergeOptions.isPutOff}. */
  readonly skipped: readonly Change[];
  /** What still differs afterwards, but for what was passed over; empty unless something else keeps changing the machine. */
  readonly remaining: readonly Change[];
}

export class Gateway {
  readonly dataplane: Dataplane;
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #kept: KeptStore;
  readonly #onNotKept: (error: unknown) => void;

  /** @param onNotKept told when the site that was confirmed could not be kept, while the rest is done. */
  constructor(
    dataplane: Dataplane,
    store: StateStore,
    clock: Clock,
    kept: KeptStore = new NothingKept(),
    onNotKept: (error: unknown) => void = () => undefined,
  ) {
    this.dataplane = dataplane;
    this.#store = store;
    this.#clock = clock;
    this.#kept = kept;
    this.#onNotKept = onNotKept;
  }

  state(): Promise<State> {
    return this.#store.load();
  }

  /** What was confirmed last, and what waits for it; outlives a reboot. */
  kept(): Promise<KeptSites> {
    return this.#kept.load();
  }

  /** What would change; changes nothing and needs no lock. */
  async plan(site: SiteConfig | undefined): Promise<Comparison> {
    const state = await this.#store.load();
    return await compare(this.dataplane, state, site, overridesOf(state, site));
  }

  async apply(site: SiteConfig, file: string, options: ApplyOptions = {}): Promise<ApplyReport> {
    return await this.exclusively(async () => {
      const state = await this.#withoutExpired();
      if (state.pending !== undefined) throw awaitingConfirmation();
      if (options.replaceSite !== true) refuseAnotherSite(state.applied, site);
      if (options.requireInterfaces === true) {
        await refuseWithoutInterfaces(this.dataplane, state.applied, site);
      }
      const source = { site, file, text: options.text };
      const report = await this.#tentatively(state, source, options);
      if (report.failure !== undefined) return report;
      await this.#update({
        applied: { ...source, at: this.#clock.wall() },
        attempting: undefined,
        pending: this.#pending(state, source, options.confirmWithin),
        confirmed: undefined,
        refused: options.insteadOf,
      });
      if (options.confirmWithin === undefined && options.insteadOf === undefined) {
        await this.#keepConfirmed(source);
      }
      return report;
    });
  }

  /**
   * Brings the machine back to what is applied; for the daemon, every few seconds and when something
   * has changed. Whatever cannot be made is passed over. Where nothing differs, nothing is written.
   */
  async reconverge({ isPutOff, patience }: ReconvergeOptions = {}): Promise<
    ApplyReport | undefined
  > {
    return await this.exclusively(async () => {
      const state = await this.#store.load();
      if (state.applied === undefined) return undefined;
      const { site } = state.applied;
      const comparison = await compare(this.dataplane, state, site, overridesOf(state, site));
      const report = await this.#execute(comparison, 'everything', { isPutOff });
      if (state.attempting !== undefined) await this.#update({ attempting: undefined });
      return { ...report, comparison, remaining: [] };
    }, patience);
  }

  async down(options: ApplyOptions = {}): Promise<ApplyReport> {
    return await this.exclusively(() => this.#down(options));
  }

  /** False: nothing waited for confirmation. */
  async confirm(): Promise<boolean> {
    return await this.exclusively(async () => {
      const { pending, applied } = await this.#store.load();
      if (pending === undefined) return false;
      if (pending.time === undefined) throw unfinishedApply();
      await this.#update({ pending: undefined, confirmed: true });
      const source = pending.source ?? applied;
      if (source !== undefined) await this.#keepConfirmed(source);
      return true;
    });
  }

  /**
   * Goes back to what was applied before the unconfirmed apply.
   * @param onlyExpired do nothing while there is still time to confirm, and wait for nobody who is at
   * work: that may be the apply itself. One that was killed half way has no time.
   * @returns undefined: nothing to roll back.
   */
  async rollback(onlyExpired = false): Promise<ApplyReport | undefined> {
    if (onlyExpired && !this.#hasExpired(await this.#store.load())) return undefined;
    const patience = onlyExpired ? 0 : LOCK_PATIENCE_MS;
    return await this.exclusively(async () => {
      const state = await this.#store.load();
      if (state.pending === undefined) return undefined;
      if (onlyExpired && !this.#hasExpired(state)) return undefined;
      return await this.#rollback(state.pending);
    }, patience);
  }

  /** Keeps decisions and carries them out: the engine's configuration and the firewall. */
  async decide(change: (before: Decisions) => Decisions): Promise<void> {
    await this.exclusively(async () => {
      const state = await this.#store.load();
      if (state.applied === undefined) throw nothingApplied();
      const decided = { ...state, decisions: change(state.decisions) };
      await this.#store.save(decided);
      const { site } = state.applied;
      const overrides = overridesOf(decided, site);
      const { changes } = await compare(this.dataplane, decided, site, overrides, DECIDED_KINDS);
      const outcome = await execute(this.dataplane, this.#store, changes);
      if (outcome.failure !== undefined) throw outcome.failure.error;
    });
  }

  /**
   * The wait for confirmation is written down before the first change: a terminal that is lost half
   * way is just what it is for. After a failure there is nothing to confirm.
   */
  async #tentatively(
    state: State,
    source: SiteSource,
    options: ApplyOptions,
  ): Promise<ApplyReport> {
    if (options.confirmWithin === undefined) {
      return await this.#converge(state, source.site, options);
    }
    const before = await this.#kept.load();
    const { applied } = state;
    const confirmed =
      before.confirmed ?? (applied === undefined ? undefined : await keptSiteOf(applied));
    await this.#kept.save({ confirmed, unconfirmed: await keptSiteOf(source) });
    const pending = { source, previous: applied, time: undefined };
    const tentative = { ...state, pending, attempting: source.site };
    await this.#store.save(tentative);
    options.beforeUnconfirmed?.();
    let done = false;
    try {
      const report = await this.#converge(tentative, source.site, options);
      done = report.failure === undefined;
      return report;
    } finally {
      if (!done) {
        await this.#update({ pending: undefined });
        await this.#keep(before);
      }
    }
  }

  async #converge(state: State, site: SiteConfig, options: ApplyOptions): Promise<ApplyReport> {
    await this.#store.save({ ...state, attempting: site });
    const overrides = overridesOf(state, site);
    const comparison = await compare(this.dataplane, state, site, overrides);
    const passOver = options.whateverFails === true ? 'everything' : 'parts';
    const first = await this.#execute(comparison, passOver, options, site);
    const { report, remaining } = await this.#settle(first, site, overrides, options);
    // A failed apply was undone: what was being attempted is no longer there.
    if (report.failure?.notUndone.length === 0) await this.#update({ attempting: undefined });
    return { ...report, comparison, remaining };
  }

  /**
   * Goes on with what only the first changes have brought to light: an interface that is up now has
   * routes, which others of ours follow. What is left then is changed by somebody else.
   */
  async #settle(
    first: Executed,
    site: SiteConfig,
    overrides: Overrides,
    options: ApplyOptions,
  ): Promise<{ readonly report: Executed; readonly remaining: readonly Change[] }> {
    let report = first;
    for (let pass = 0; ; pass++) {
      const isOver = report.done.every(({ resource }) => onlyFollows(resource));
      if (report.failure !== undefined || isOver) return { report, remaining: [] };
      const state = await this.#store.load();
      const comparison = await compare(this.dataplane, state, site, overrides);
      const left = new Set(report.passedOver.map(({ change }) => resourceKey(change.resource)));
      const remaining = comparison.changes.filter(
        ({ resource }) => !left.has(resourceKey(resource)),
      );
      if (remaining.length === 0 || pass === PASSES) return { report, remaining };
      const isPutOff = ({ resource }: Change): boolean => left.has(resourceKey(resource));
      // Not stopped any more: that would undo these alone, and leave what came before.
      const again = { ...options, isPutOff, stopped: () => false };
      const more = await this.#execute(comparison, 'everything', again, site);
      report = {
        ...report,
        done: [...report.done, ...more.done],
        passedOver: [...report.passedOver, ...more.passedOver],
      };
    }
  }

  /** The time begins now: an apply may take longer than it. */
  #pending(state: State, source: SiteSource, within: number | undefined): Pending | undefined {
    if (within === undefined) return undefined;
    const time = { until: this.#clock.wall() + within, due: this.#clock.monotonic() + within };
    return { source, previous: state.applied, time };
  }

  /** Whoever asks has the lock, or takes it before he acts: an apply without a time was killed. */
  #hasExpired({ pending }: State): boolean {
    if (pending === undefined) return false;
    return pending.time === undefined || this.#clock.monotonic() >= pending.time.due;
  }

  async #keepConfirmed(source: SiteSource): Promise<void> {
    await this.#keep({ confirmed: await keptSiteOf(source) });
  }

  async #keep(kept: KeptSites): Promise<void> {
    try {
      await this.#kept.save(kept);
    } catch (error) {
      this.#onNotKept(error);
    }
  }

  async #down(options: ApplyOptions): Promise<ApplyReport> {
    const state = await this.#store.load();
    const comparison = await compare(this.dataplane, state, undefined, NO_OVERRIDES);
    const report = await this.#execute(comparison, 'everything', options);
    // What could not be removed is still ours, for the next time.
    if (report.failure === undefined && report.passedOver.length === 0) {
      await this.#store.save(EMPTY_STATE);
      await this.#keep({});
    }
    return { ...report, comparison, remaining: [] };
  }

  /** @param site whose parts are told apart; needed only to pass over `parts`. */
  async #execute(
    comparison: Comparison,
    passOver: PassOver,
    { progress, isPutOff, stopped }: ApplyOptions & ReconvergeOptions,
    site?: SiteConfig,
  ): Promise<Executed> {
    const { conflicts, ledger } = comparison;
    const [conflict] = conflicts;
    if (conflict !== undefined && passOver === 'parts') throw conflictOf(conflict.reason);
    const { true: skipped = [], false: changes = [] } = Object.groupBy(
      comparison.changes,
      (change) => String(isPutOff?.(change) === true) as 'true' | 'false',
    );
    const partOf = site === undefined ? undefined : partsOf(site);
    const isPassedOver = ({ resource }: Change): boolean =>
      passOver === 'everything' || (partOf !== undefined && isSeparable(partOf(resource)));
    // Before the first change: half of one is not made because a program is missing.
    this.dataplane.ready(changes.filter((change) => !isPassedOver(change)));
    if (!isDeepStrictEqual(ledger, (await this.#store.load()).ledger))
      await this.#update({ ledger });
    const outcome = await execute(this.dataplane, this.#store, changes, {
      progress: (change, index) => progress?.(change, index, changes.length),
      passOver: isPassedOver,
      stopped,
    });
    return {
      ...outcome,
      passedOver: [...conflicts.map(inTheWay), ...outcome.passedOver],
      skipped,
    };
  }

  /** Somebody may be locked out: what belongs to one WAN, path or program is not waited for. */
  async #rollback({ source: refused, previous }: Pending): Promise<ApplyReport> {
    if (previous === undefined) return await this.#down({});
    const state = await this.#store.load();
    const report = await this.#converge(state, previous.site, {});
    if (report.failure === undefined) {
      await this.#update({
        applied: previous,
        attempting: undefined,
        pending: undefined,
        confirmed: false,
        refused,
      });
    }
    return report;
  }

  async #withoutExpired(): Promise<State> {
    const state = await this.#store.load();
    if (state.pending === undefined || !this.#hasExpired(state)) return state;
    await this.#rollback(state.pending);
    return await this.#store.load();
  }

  async #update(part: Partial<State>): Promise<void> {
    await this.#store.save({ ...(await this.#store.load()), ...part });
  }

  /** Whatever starts or stops something of ours beside these operations goes through here, too. */
  async exclusively<T>(work: () => Promise<T>, patience = LOCK_PATIENCE_MS): Promise<T> {
    const lock = await acquireLock('change', patience);
    if (lock === undefined) throw busy();
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }
}
