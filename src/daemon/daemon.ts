/**
 * `wamptcp run`: applies a site, then watches and tells. It plans and observes; repairs are the
 * engine's, so nothing here is in their way, and the daemon may die at any moment.
 *
 * Always holds: one daemon per network namespace; a restarted one adopts what it finds and touches
 * no working path; stopping it leaves forwarding as it is.
 */
import type { Server } from 'node:http';

import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import { unlessPending } from '../lib/unless-pending.ts';
import { ENGINE_DSCP, formatDscp } from '../net/dscp.ts';
import type { Event } from '../observe/event.ts';
import { RateMeter } from '../observe/rate-meter.ts';
import type { Status } from '../observe/status.ts';
import { enginePid } from '../dataplane/kernel/engine.ts';
import { readInterfaceCounters } from '../system/interface-counters.ts';
import { acquireLock } from '../system/lock.ts';
import type { Lock } from '../system/lock.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { serveApi } from './api.ts';
import { DiagnosisWatch } from './diagnosis-watch.ts';
import { setDrained } from './drain.ts';
import type { DrainOutcome, DrainRequest } from './drain.ts';
import { EngineLife } from './engine-life.ts';
import { Comparisons } from './comparisons.ts';
import { ContradictionWatch } from './contradiction-watch.ts';
import { EventJournal } from './event-journal.ts';
import { ExpiredApply } from './expired-apply.ts';
import type { Gateway } from './gateway.ts';
import { tunnelStrangers } from './kernel-questions.ts';
import { Learned } from './learned.ts';
import { ProgramHealth } from './program-health.ts';
import type { TrackedPath } from './path-tracker.ts';
import { snapshot } from './snapshot.ts';
import { WarningWatch } from './warning-watch.ts';
import { Watches } from './watches.ts';
import { WereUp } from './were-up.ts';
import type { WatchesOptions } from './watches.ts';

const TICK_MS = 1000;

export interface DaemonOptions {
  readonly site: SiteConfig;
  readonly file: string;
  /** What is in the file. */
  readonly text?: string | undefined;
  /** The site may take the place of another one. */
  readonly replaceSite?: boolean | undefined;
  readonly version: string;
  readonly directory: RunDirectory;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #journal: EventJournal;
  readonly #meter = new RateMeter();
  readonly #since: number;
  #lock: Lock | undefined;
  #server: Server | undefined;
  readonly #engine: EngineLife;
  readonly #expired: ExpiredApply;
  #tick: NodeJS.Timeout | undefined;
  readonly #comparisons: Comparisons;
  readonly #health: ProgramHealth;
  /** Of the applied site; undefined while there is none. */
  #watches: Watches | undefined;
  readonly #diagnosis: DiagnosisWatch;
  readonly #warnings: WarningWatch;
  readonly #contradictions: ContradictionWatch;
  readonly #learned = new Learned();
  readonly #queue: SerialQueue;
  /** The watches are of a site that is not applied any more. */
  #reloadDue = false;
  /** So many commands wait: they come before a comparison, which may take seconds on a hub. */
  #waiting = 0;
  /** When the site that is watched was applied. */
  #watchedAt: number | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#since = options.clock.wall();
    this.#journal = new EventJournal(options.directory.events, options.log);
    this.#queue = new SerialQueue((error) => {
      options.log.error({ err: error }, 'failed');
    });
    const hears = (device: string): boolean => (this.#meter.get(device)?.receiveRate ?? 0) > 0;
    this.#contradictions = new ContradictionWatch({ hears, onEvent: this.#event });
    this.#warnings = new WarningWatch({
      site: () => this.#watches?.paths.site,
      onEvent: this.#event,
    });
    this.#diagnosis = new DiagnosisWatch({
      facts: () => this.#learned.facts,
      hears,
      strangers: tunnelStrangers,
      wereUp: new WereUp(options.directory.wereUp),
      firewalls: () => this.#warnings.firewalls(),
      dscp: () => formatDscp(this.#watches?.paths.site.detection.dscp ?? ENGINE_DSCP),
      onEvent: this.#event,
    });
    const { directory, gateway, clock, site, file, text, replaceSite } = options;
    this.#comparisons = new Comparisons({
      ...{ directory, gateway, clock, site, file, text, replaceSite },
      queue: this.#queue,
      learned: this.#learned,
      watches: () => this.#watches,
      onEvent: this.#event,
      revive: () => this.#engine.revive(),
      yields: () => this.#waiting > 0,
      onFirstApply: () => this.#watchSite(),
      onFailure: (error) => {
        options.log.error({ err: error }, 'a comparison with the machine failed');
      },
    });
    this.#health = new ProgramHealth({ directory, onEvent: this.#event });
    this.#expired = new ExpiredApply({ gateway, clock, onEvent: this.#event });
    this.#engine = new EngineLife({
      ...{ directory, gateway, queue: this.#queue, onEvent: this.#event },
      onRevived: async () => {
        await this.#watches?.paths.askSessions();
      },
    });
  }

  /** Throws when another daemon runs here, or when the site cannot be applied. */
  async start(): Promise<void> {
    this.#lock = await acquireLock('run');
    if (this.#lock === undefined) {
      throw new WamptcpError('DAEMON_RUNS', 'a wamptcp daemon runs in this network namespace', {
        advice: 'See `wamptcp status`. To apply another file: `wamptcp apply -c FILE`.',
      });
    }
    try {
      await this.#begin();
    } catch (error) {
      // Half of a daemon would hold the lock and heed no signal.
      await this.#end();
      await this.#lock.release();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { directory } = this.#options;
    this.#event({
      kind: 'daemon-started',
      text: `daemon started for site ${this.#options.site.site}`,
    });
    await this.#comparisons.begin();
    this.#engine.watch();
    this.#health.watch();
    this.#server = await serveApi(directory.api, {
      status: () => this.status(),
      listen: (listener) => this.#journal.listen(listener),
      reload: async () => {
        this.#reloadDue = true;
        await this.#beforeComparisons(() => this.#queue.run(() => this.#reloadIfDue()));
      },
      drain: (request) => this.#drain(request),
    });
    this.#tick = setInterval(
      unlessPending(() => this.#queue.run(() => this.#everySecond())),
      TICK_MS,
    );
  }

  async stop(): Promise<void> {
    await this.#end();
    this.#event({ kind: 'daemon-stopped', text: 'daemon stopped; forwarding goes on' });
    await this.#lock?.release();
  }

  async #end(): Promise<void> {
    clearInterval(this.#tick);
    this.#comparisons.close();
    this.#health.close();
    this.#engine.close();
    this.#server?.closeAllConnections();
    this.#server?.close();
    // What is under way may make new watches.
    await this.#queue.close();
    this.#watches?.close();
  }

  async status(): Promise<Status> {
    const { directory, gateway, version, clock } = this.#options;
    const state = await gateway.state();
    const [watches, learned] = [this.#watches, this.#learned];
    if (watches === undefined) {
      throw new WamptcpError('NOTHING_APPLIED', 'the site was taken down', {
        advice:
          'Run `wamptcp apply -c FILE` to have it back, or stop the daemon, which has nothing to do.',
      });
    }
    return snapshot({
      site: watches.paths.site,
      version,
      daemonSince: this.#since,
      enginePid: await enginePid(directory),
      engineRestarts: this.#engine.restarts,
      pendingUntil: state.pending?.time?.until,
      drainedWans: state.decisions.drainedWans,
      paths: watches.paths.paths,
      carriage: watches.paths.carriage,
      direct: watches.direct,
      meter: this.#meter,
      facts: learned.facts,
      waiting: learned.waiting,
      rules: learned.rules,
      tunnelMtus: learned.tunnelMtus,
      pathMtu: state.decisions.pathMtu,
      diagnoses: this.#diagnosis.texts(),
      warnings: this.#warnings.list(),
      provision: await watches.provision.status(),
      proxy: await watches.proxy.status(),
      hosts: await watches.provision.hosts(),
      now: clock.monotonic(),
    });
  }

  async #watchSite(): Promise<void> {
    const { directory, gateway, clock, log } = this.#options;
    const { applied, decisions } = await gateway.state();
    const previous = this.#watches;
    previous?.close();
    this.#watches = undefined;
    this.#watchedAt = applied?.at;
    this.#warnings.lookSoon();
    if (applied === undefined) return;
    const options: WatchesOptions = {
      ...{ directory, gateway, clock, learned: this.#learned },
      queue: this.#queue,
      onEvent: this.#event,
      onChange: () => {
        this.#comparisons.changed();
        this.#warnings.lookSoon();
      },
      onFailure: (error) => {
        log.error({ err: error }, 'watching failed');
      },
    };
    this.#watches = new Watches(applied.site, decisions, options, previous);
    await this.#watches.start();
  }

  async #reloadIfDue(): Promise<void> {
    if (!this.#reloadDue) return;
    // A request from now on is another reload.
    this.#reloadDue = false;
    try {
      await this.#reload();
    } catch (error) {
      this.#reloadDue = true;
      throw error;
    }
  }

  async #reload(): Promise<void> {
    const { applied } = await this.#options.gateway.state();
    if (applied !== undefined && applied.at === this.#watchedAt) {
      await this.#decided();
      return;
    }
    await this.#comparisons.compare();
    await this.#watchSite();
  }

  async #drain(request: DrainRequest): Promise<DrainOutcome> {
    return await this.#beforeComparisons(async () => {
      const status = (): Promise<Status | undefined> => this.status().catch(() => undefined);
      const outcome = await setDrained(this.#options.gateway, request, status);
      if (outcome.changed) await this.#decided();
      return outcome;
    });
  }

  /** No comparison begins while a command waits for this. */
  async #beforeComparisons<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    try {
      return await work();
    } finally {
      this.#waiting -= 1;
    }
  }

  /** From a drain nothing else follows, and on a hub whoever has made it would wait for seconds. */
  async #decided(): Promise<void> {
    this.#comparisons.changed();
    await this.#watches?.paths.everySecond();
  }

  async #everySecond(): Promise<void> {
    // First of all, for somebody may be locked out.
    if (await this.#expired.rollBack()) this.#reloadDue = true;
    await this.#reloadIfDue();
    const now = this.#options.clock.monotonic();
    for (const [name, counters] of readInterfaceCounters()) this.#meter.add(name, counters, now);
    await this.#watches?.everySecond(now);
    const paths = this.#watches?.paths.paths.all() ?? [];
    this.#contradictions.everySecond(paths);
    await this.#warnings.everySecond(now, paths.some(isFailed));
    await this.#diagnosis.everySecond(paths);
  }

  readonly #event = (event: Omit<Event, 'at'> & { readonly at?: number }): void => {
    this.#journal.add({ at: this.#options.clock.wall(), ...event });
  };
}

function isFailed({ history, drain, bfd }: TrackedPath): boolean {
  return bfd !== undefined && !history.up && drain === undefined;
}
