/**
 * Compares the site with the machine, every few seconds and whenever the kernel tells of a change, and
 * puts right what differs.
 *
 * Always holds: level-triggered: what is found counts, not what was told, so a lost notification costs
 * a few seconds and no more. One comparison at a time; one that fails is tried again and ends nothing.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';
import { brieflyOf, WamptcpError } from '../lib/errors.ts';
import { eachInTurn } from '../lib/each-in-turn.ts';
import type { SerialQueue } from '../lib/serial-queue.ts';
import { unlessPending } from '../lib/unless-pending.ts';
import type { Event } from '../observe/event.ts';
import { NFT_TABLE } from '../plan/ids.ts';
import { LineProcess } from '../system/line-process.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { ComparisonSchedule } from './comparison-schedule.ts';
import { restoreEngineRoutes } from './engine-routes.ts';
import { firstApply } from './first-apply.ts';
import type { ApplyReport, Gateway } from './gateway.ts';
import { isBusy } from './gateway-errors.ts';
import type { Learned } from './learned.ts';
import { PutOff } from './put-off.ts';
import type { Watches } from './watches.ts';

/** Time does not mend these; whoever started the daemon has to decide. */
const FOR_GOOD: ReadonlySet<string> = new Set(['STATE_UNREADABLE', 'OTHER_SITE']);

export interface ComparisonsOptions {
  readonly site: SiteConfig;
  readonly file: string;
  /** What is in the file. */
  readonly text?: string | undefined;
  /** The site may take the place of another one. */
  readonly replaceSite?: boolean | undefined;
  readonly directory: RunDirectory;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly queue: SerialQueue;
  readonly learned: Learned;
  /** Of the applied site. */
  readonly watches: () => Watches | undefined;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
  /** Starts what has ended, and counts and tells it. */
  readonly revive: () => Promise<void>;
  /** Something that somebody waits for stands behind in the queue. */
  readonly yields: () => boolean;
  /** The site is applied for the first time since the daemon began. */
  readonly onFirstApply: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

export class Comparisons {
  readonly #options: ComparisonsOptions;
  readonly #schedule: ComparisonSchedule;
  readonly #putOff = new PutOff();
  #applied = false;
  /** The first one is not in the queue: until it is over, none is. Two would both apply the site. */
  #begun = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #rulesets: LineProcess | undefined;
  /** What was told last of comparisons that fail; empty: the last one did not. */
  #told = '';

  constructor(options: ComparisonsOptions) {
    this.#options = options;
    this.#schedule = new ComparisonSchedule(options.clock.monotonic());
  }

  /** The first comparison, which applies the site; what cannot be made is tried again later. */
  async begin(): Promise<void> {
    this.#rulesets = new LineProcess(['nft', 'monitor'], {
      onLine: (line) => {
        if (line.includes(`inet ${NFT_TABLE}`)) this.changed();
      },
      onStart: () => {
        this.changed();
      },
    });
    await this.compare();
    this.#begun = true;
    this.#arrange();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#rulesets?.stop();
  }

  /** The kernel has told of something that may matter. */
  changed(): void {
    this.#schedule.changed(this.#options.clock.monotonic());
    this.#putOff.retrySoon();
    this.#arrange();
  }

  /**
   * @param patience how long it waits for another that is at work, milliseconds; then it is due again at
   *   once, and what stands behind it in the queue has its turn. Default: as any command does.
   * @throws WamptcpError only what no later comparison can mend
   */
  async compare(patience?: number): Promise<void> {
    const { clock, onFailure } = this.#options;
    this.#schedule.began(clock.monotonic());
    let failed = true;
    try {
      await this.#compare(patience);
      failed = false;
      this.#told = '';
    } catch (error) {
      if (patience === 0 && isBusy(error)) {
        failed = false;
        this.#schedule.changed(clock.monotonic());
        return;
      }
      if (error instanceof WamptcpError && FOR_GOOD.has(error.code)) throw error;
      onFailure(error);
      this.#tellFailure(error);
    } finally {
      this.#schedule.ended(clock.monotonic(), failed);
      this.#arrange();
    }
  }

  async #compareUnlessYielding(): Promise<void> {
    if (!this.#options.yields()) {
      await this.compare(0);
      return;
    }
    this.changed();
  }

  async #compare(patience: number | undefined): Promise<void> {
    const { gateway, learned, clock, directory, onEvent, onFailure } = this.#options;
    if (!this.#applied) {
      await this.#applyFirst();
      return;
    }
    // Otherwise the comparison does it, and nobody counts.
    const running = this.#options.watches();
    await eachInTurn(
      [
        this.#options.revive,
        async () => await running?.provision.restart(),
        async () => await running?.proxy.restart(),
      ],
      onFailure,
    );
    const now = clock.monotonic();
    const report = await gateway.reconverge({
      isPutOff: (change) => this.#putOff.isPutOff(change, now),
      ...(patience === undefined ? {} : { patience }),
    });
    if (report === undefined) return;
    await this.#learn(report);
    const watches = this.#options.watches();
    if (watches === undefined) return;
    // fping gives up on a device that is not there.
    const devices = report.done.some(({ resource }) => resource.kind === 'vxlan');
    if (devices) watches.paths.probeAgain();
    const restoreRoutes = async (): Promise<void> => {
      const found = await watches.paths.readRoutes();
      const restored = await restoreEngineRoutes(directory, watches.site, learned.facts, found);
      if (restored !== undefined) onEvent({ kind: 'healed', text: restored });
    };
    // Without an engine they fail; that it has ended is told elsewhere.
    await eachInTurn([() => watches.paths.askSessions(), restoreRoutes], onFailure);
  }

  async #applyFirst(): Promise<void> {
    const report = await firstApply(this.#options);
    if (report?.failure !== undefined) throw report.failure.error;
    this.#applied = true;
    if (report !== undefined) await this.#learn(report);
    await this.#options.onFirstApply();
  }

  async #learn(report: ApplyReport): Promise<void> {
    const { learned, gateway, clock, onEvent } = this.#options;
    this.#putOff.learn(
      report.passedOver.map(({ change }) => change),
      report.skipped,
      clock.monotonic(),
    );
    const { applied } = await gateway.state();
    if (applied === undefined) return;
    for (const event of learned.take(report, applied.site)) onEvent(event);
    this.#options.watches()?.direct?.setFacts(learned.facts);
  }

  #tellFailure(error: unknown): void {
    const text = `the site could not be compared with the machine, and is again: ${brieflyOf(error)}`;
    if (text !== this.#told) this.#options.onEvent({ kind: 'apply-failed', text });
    this.#told = text;
  }

  #arrange(): void {
    if (this.#closed || !this.#begun) return;
    clearTimeout(this.#timer);
    const left = this.#schedule.due() - this.#options.clock.monotonic();
    this.#timer = setTimeout(this.#queued, Math.max(0, left));
  }

  readonly #queued = unlessPending(() =>
    this.#options.queue.run(() => this.#compareUnlessYielding()),
  );
}
