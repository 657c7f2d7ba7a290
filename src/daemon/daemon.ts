/**
 * `wamptcp run`: applies a site, then watches and tells. It plans and observes; repairs are the
 * engine's, so nothing here is in their way, and the daemon may die at any moment.
 *
 * Always holds: one daemon per network namespace; a restarted one adopts what it finds and touches
 * no working path; stopping it leaves forwarding as it is.
 */
import type { Server } from 'node:http';

import type { SiteConfig } from '../config/site.ts';
import type { State } from '../apply/state.ts';
import type { Clock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Event } from '../observe/event.ts';
import { RateMeter } from '../observe/rate-meter.ts';
import type { Status } from '../observe/status.ts';
import { NO_FACTS } from '../plan/facts.ts';
import type { Facts, Waiting } from '../plan/facts.ts';
import { enginePid, rewriteRoutes, startEngine } from '../dataplane/kernel/engine.ts';
import { readInterfaceCounters } from '../system/interface-counters.ts';
import { acquireLock } from '../system/lock.ts';
import type { Lock } from '../system/lock.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { serveApi } from './api.ts';
import { DiagnosisWatch } from './diagnosis-watch.ts';
import { DirectWatch } from './direct-watch.ts';
import { EngineWatch } from './engine-watch.ts';
import { EventJournal } from './event-journal.ts';
import type { ApplyReport, Gateway } from './gateway.ts';
import { tunnelStrangers } from './kernel-questions.ts';
import { describePathMtu } from './narrate.ts';
import { PathMtuWatch } from './path-mtu-watch.ts';
import type { TrackedPath } from './path-tracker.ts';
import { ProvisionWatch } from './provision-watch.ts';
import { ProxyWatch } from './proxy-watch.ts';
import { revive } from './revive.ts';
import { SiteWatch } from './site-watch.ts';
import { snapshot } from './snapshot.ts';

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
  #watch: SiteWatch | undefined;
  #provision: ProvisionWatch | undefined;
  #proxy: ProxyWatch | undefined;
  #pathMtu: PathMtuWatch | undefined;
  #direct: DirectWatch | undefined;
  readonly #diagnosis: DiagnosisWatch;
  /** What the device of each tunnel takes, octets. */
  #tunnelMtus: ReadonlyMap<string, number> = new Map();
  #facts: Facts = NO_FACTS;
  #waiting: readonly Waiting[] = [];
  #rules = 0;
  #working = Promise.resolve();
  #stopped = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#since = options.clock.wall();
    this.#journal = new EventJournal(options.directory.events, options.log);
    this.#diagnosis = new DiagnosisWatch({
      facts: () => this.#facts,
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
    this.#watch?.close();
    this.#pathMtu?.close();
    this.#direct?.close();
    this.#server?.closeAllConnections();
    this.#server?.close();
    await this.#working;
    this.#event({ kind: 'daemon-stopped', text: 'daemon stopped; forwarding goes on' });
    await this.#lock?.release();
  }

  async status(): Promise<Status> {
    const { directory, gateway, version, clock } = this.#options;
    const state = await gateway.state();
    const [watch, provision, proxy] = [this.#watch, this.#provision, this.#proxy];
    if (watch === undefined || provision === undefined || proxy === undefined) {
      throw new WamptcpError('NOTHING_APPLIED', 'the site was taken down', {
        advice: 'Run `wamptcp apply -c FILE`.',
      });
    }
    return snapshot({
      site: watch.site,
      version,
      daemonSince: this.#since,
      enginePid: await enginePid(directory),
      engineRestarts: this.#engineRestarts,
      pendingUntil: state.pending?.until,
      drainedWans: state.decisions.drainedWans,
      paths: watch.paths,
      carriage: watch.carriage,
      direct: this.#direct,
      meter: this.#meter,
      facts: this.#facts,
      waiting: this.#waiting,
      rules: this.#rules,
      tunnelMtus: this.#tunnelMtus,
      pathMtu: state.decisions.pathMtu,
      diagnoses: this.#diagnosis.texts(),
      provision: await provision.status(),
      proxy: await proxy.status(),
      hosts: await provision.hosts(),
      now: clock.monotonic(),
    });
  }

  async #watchSite(): Promise<void> {
    const state = await this.#options.gateway.state();
    const previous = this.#watch;
    previous?.close();
    this.#pathMtu?.close();
    this.#direct?.close();
    if (state.applied === undefined) {
      this.#watch = undefined;
      this.#provision = undefined;
      this.#proxy = undefined;
      this.#direct = undefined;
      return;
    }
    const programs = {
      site: state.applied.site,
      directory: this.#options.directory,
      exclusively: (work: () => Promise<void>) => this.#options.gateway.exclusively(work),
      onEvent: (event: Omit<Event, 'at'>) => {
        this.#event(event);
      },
    };
    this.#provision = new ProvisionWatch(programs);
    this.#proxy = new ProxyWatch(programs);
    this.#watch = new SiteWatch({
      site: state.applied.site,
      directory: this.#options.directory,
      clock: this.#options.clock,
      previous: previous?.paths,
      drainedWans: async () => (await this.#options.gateway.state()).decisions.drainedWans,
      decided: { held: state.decisions.held, suspect: state.decisions.suspect },
      onEvent: (event) => {
        this.#event(event);
      },
      onDecision: (held, suspect) =>
        this.#serially(() =>
          this.#options.gateway.decide((before) => ({ ...before, held, suspect })),
        ),
      onLinkChange: () => {
        this.#linkChanged();
      },
      onDefaultRoute: (at) => {
        this.#direct?.routeChanged(at);
      },
      onFailure: (error) => {
        this.#options.log.error({ err: error }, 'watching failed');
      },
    });
    this.#pathMtu = new PathMtuWatch({
      deviceMtu: (device) => this.#tunnelMtus.get(device),
      known: state.decisions.pathMtu,
      onFound: (path, mtu) => void this.#serially(() => this.#pathTakes(path, mtu)),
    });
    await this.#watch.start();
    await this.#watchDirect(state);
  }

  async #watchDirect({ applied, decisions }: State): Promise<void> {
    const previous = this.#direct?.tracker;
    this.#direct = undefined;
    if (applied?.site.wans.some((wan) => wan.direct) !== true) return;
    this.#direct = new DirectWatch({
      site: applied.site,
      clock: this.#options.clock,
      previous,
      decided: { down: decisions.directDown, held: decisions.directHeld },
      onEvent: (event) => {
        this.#event(event);
      },
      onDecision: (directDown, directHeld) =>
        this.#serially(() =>
          this.#options.gateway.decide((before) => ({ ...before, directDown, directHeld })),
        ),
    });
    await this.#direct.start(this.#facts);
  }

  async #pathTakes(path: TrackedPath, mtu: number | undefined): Promise<void> {
    const { gateway, clock } = this.#options;
    const { name, device } = path.plan;
    const known = (await gateway.state()).decisions.pathMtu[name];
    if (known === mtu) return;
    await gateway.decide((before) => {
      const others = Object.entries(before.pathMtu).filter(([other]) => other !== name);
      const pathMtu = Object.fromEntries(mtu === undefined ? others : [...others, [name, mtu]]);
      return { ...before, pathMtu };
    });
    const full = this.#tunnelMtus.get(device);
    if (full !== undefined) this.#event(describePathMtu(path, mtu ?? full, full, clock.wall()));
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
        if (this.#direct !== undefined) await rewriteRoutes(this.#options.directory);
        if (report.done.length > 0) this.#watch?.probeAgain();
      });
    }, SETTLE_MS);
  }

  async #everySecond(): Promise<void> {
    const now = this.#options.clock.monotonic();
    for (const [name, counters] of readInterfaceCounters()) this.#meter.add(name, counters, now);
    await this.#watch?.everySecond();
    const paths = this.#watch?.paths.all() ?? [];
    this.#pathMtu?.everySecond(paths, now);
    await this.#diagnosis.everySecond(paths);
    await this.#provision?.everySecond();
    await this.#proxy?.everySecond();
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
    await this.#watch?.askSessions();
  }

  async #engineHasEnded(): Promise<boolean> {
    const { directory, gateway } = this.#options;
    const { applied } = await gateway.state();
    return applied !== undefined && (await enginePid(directory)) === undefined;
  }

  #learn(report: ApplyReport): void {
    const { desired } = report.comparison;
    this.#facts = report.comparison.facts;
    this.#direct?.setFacts(this.#facts);
    if (desired === undefined) return;
    for (const waiting of desired.waiting) {
      if (this.#waiting.some((known) => known.what === waiting.what)) continue;
      this.#event({ kind: 'waiting', text: `${waiting.what}: ${waiting.reason}` });
    }
    this.#waiting = desired.waiting;
    this.#rules = desired.resources.filter(({ kind }) => kind === 'rule').length;
    this.#tunnelMtus = new Map(
      desired.resources.flatMap((one) => (one.kind === 'vxlan' ? [[one.name, one.mtu]] : [])),
    );
    if (report.failure !== undefined) {
      const { error } = report.failure;
      const text = error instanceof Error ? error.message : String(error);
      this.#event({ kind: 'apply-failed', text });
    } else if (report.done.length > 0) {
      this.#event({ kind: 'applied', text: `${report.done.length} changes made` });
    }
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
