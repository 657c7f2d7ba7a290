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
import type { Event } from '../observe/event.ts';
import { RateMeter } from '../observe/rate-meter.ts';
import type { Status } from '../observe/status.ts';
import { enginePid, rewriteRoutes, startEngine } from '../dataplane/kernel/engine.ts';
import { readInterfaceCounters } from '../system/interface-counters.ts';
import { acquireLock } from '../system/lock.ts';
import type { Lock } from '../system/lock.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { serveApi } from './api.ts';
import { DiagnosisWatch } from './diagnosis-watch.ts';
import { EngineWatch } from './engine-watch.ts';
import { EventJournal } from './event-journal.ts';
import type { ApplyReport, Gateway } from './gateway.ts';
import { tunnelStrangers } from './kernel-questions.ts';
import { Learned } from './learned.ts';
import { revive } from './revive.ts';
import { snapshot } from './snapshot.ts';
import { Watches } from './watches.ts';
import type { WatchesOptions } from './watches.ts';

const TICK_MS = 1000;
/** Changes of links come in bursts. */
const SETTLE_MS = 100;

export interface DaemonOptions {
  readonly site: SiteConfig;
  readonly file: string;
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
  #engineWatch: EngineWatch | undefined;
  #engineRestarts = 0;
  #tick: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  /** Of the applied site; undefined while there is none. */
  #watches: Watches | undefined;
  readonly #diagnosis: DiagnosisWatch;
  readonly #learned = new Learned();
  #working = Promise.resolve();
  #stopped = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#since = options.clock.wall();
    this.#journal = new EventJournal(options.directory.events, options.log);
    this.#diagnosis = new DiagnosisWatch({
      facts: () => this.#learned.facts,
      hears: (device) => (this.#meter.get(device)?.receiveRate ?? 0) > 0,
      strangers: tunnelStrangers,
      onEvent: (event) => {
        this.#event(event);
      },
    });
  }

  /** Throws when another daemon runs here, or when the site cannot be applied. */
  async start(): Promise<void> {
    const { directory, gateway, site, file } = this.#options;
    this.#lock = await acquireLock('run');
    if (this.#lock === undefined) {
      throw new WamptcpError('DAEMON_RUNS', 'a wamptcp daemon runs in this network namespace', {
        advice: 'See `wamptcp status`. To apply another file: `wamptcp apply -c FILE`.',
      });
    }
    await gateway.rollback(true);
    const state = await gateway.state();
    // An unconfirmed apply keeps its time: the restarted daemon neither confirms nor undoes it.
    const report =
      state.pending === undefined ? await gateway.apply(site, file) : await gateway.reconverge();
    if (report?.failure !== undefined) throw report.failure.error;
    this.#event({ kind: 'daemon-started', text: `daemon started for site ${site.site}` });
    if (report !== undefined) this.#learn(report);
    await this.#watchSite();
    this.#engineWatch = new EngineWatch(directory.engineSocket, () => {
      void this.#serially(() => this.#reviveEngine());
    });
    this.#server = await serveApi(directory.api, {
      status: () => this.status(),
      listen: (listener) => this.#journal.listen(listener),
      reload: () => this.#serially(() => this.#reload()),
    });
    this.#tick = setInterval(() => {
      void this.#serially(() => this.#everySecond());
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#tick);
    clearTimeout(this.#settle);
    this.#engineWatch?.close();
    this.#watches?.close();
    this.#server?.closeAllConnections();
    this.#server?.close();
    await this.#working;
    this.#event({ kind: 'daemon-stopped', text: 'daemon stopped; forwarding goes on' });
    await this.#lock?.release();
  }

  async status(): Promise<Status> {
    const { directory, gateway, version, clock } = this.#options;
    const state = await gateway.state();
    const [watches, learned] = [this.#watches, this.#learned];
    if (watches === undefined) {
      throw new WamptcpError('NOTHING_APPLIED', 'the site was taken down', {
        advice: 'Run `wamptcp apply -c FILE`.',
      });
    }
    return snapshot({
      site: watches.paths.site,
      version,
      daemonSince: this.#since,
      enginePid: await enginePid(directory),
      engineRestarts: this.#engineRestarts,
      pendingUntil: state.pending?.until,
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
    if (applied === undefined) return;
    const options: WatchesOptions = {
      ...{ directory, gateway, clock, learned: this.#learned },
      serially: (work) => this.#serially(work),
      onEvent: (event) => {
        this.#event(event);
      },
      onLinkChange: () => {
        this.#linkChanged();
      },
      onFailure: (error) => {
        log.error({ err: error }, 'watching failed');
      },
    };
    this.#watches = new Watches(applied.site, decisions, options, previous);
    await this.#watches.start();
  }

  async #reload(): Promise<void> {
    const { gateway } = this.#options;
    const report = await gateway.reconverge();
    if (report !== undefined) this.#learn(report);
    await this.#watchSite();
  }

  #linkChanged(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      void this.#serially(async () => {
        const report = await this.#options.gateway.reconverge();
        if (report === undefined) return;
        this.#learn(report);
        const watches = this.#watches;
        if (watches?.direct !== undefined) await rewriteRoutes(this.#options.directory);
        if (report.done.length > 0) watches?.paths.probeAgain();
      });
    }, SETTLE_MS);
  }

  async #everySecond(): Promise<void> {
    const now = this.#options.clock.monotonic();
    for (const [name, counters] of readInterfaceCounters()) this.#meter.add(name, counters, now);
    await this.#watches?.everySecond(now);
    await this.#diagnosis.everySecond(this.#watches?.paths.paths.all() ?? []);
    const rolledBack = await this.#options.gateway.rollback(true);
    if (rolledBack !== undefined) {
      this.#event({ kind: 'applied', text: 'not confirmed in time: rolled back' });
      await this.#reload();
    }
  }

  async #reviveEngine(): Promise<void> {
    const { directory, gateway } = this.#options;
    const revived = await revive({
      hasEnded: () => this.#engineHasEnded(),
      start: () => startEngine(directory),
      exclusively: (work) => gateway.exclusively(work),
    });
    if (!revived) return;
    this.#engineRestarts += 1;
    this.#event({ kind: 'engine-restarted', text: 'BIRD had ended and was started again' });
    await this.#watches?.paths.askSessions();
  }

  async #engineHasEnded(): Promise<boolean> {
    const { directory, gateway } = this.#options;
    const { applied } = await gateway.state();
    return applied !== undefined && (await enginePid(directory)) === undefined;
  }

  #learn(report: ApplyReport): void {
    for (const event of this.#learned.take(report)) this.#event(event);
    this.#watches?.direct?.setFacts(this.#learned.facts);
  }

  /** One thing at a time; a failure is logged and does not end the daemon. */
  #serially(work: () => Promise<void>): Promise<void> {
    this.#working = this.#working.then(async () => {
      if (this.#stopped) return;
      try {
        await work();
      } catch (error) {
        this.#options.log.error({ err: error }, 'failed');
      }
    });
    return this.#working;
  }

  #event(event: Omit<Event, 'at'> & { readonly at?: number }): void {
    this.#journal.add({ at: this.#options.clock.wall(), ...event });
  }
}
