/**
 * Watches the paths of one applied site: the engine's verdicts, the kernel's route changes, round
 * trips; makes events of them and decides what is held.
 *
 * Always holds: a verdict is streamed (inotify on the engine's log), never polled; an event about a
 * switch carries the kernel's own time of the change.
 */
import { isDeepStrictEqual } from 'node:util';

import type { SiteConfig } from '../config/site.ts';
import { control } from '../dataplane/kernel/engine.ts';
import type { Clock } from '../lib/clock.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import { parseEngineLine, parseSessions } from '../monitor/engine-log.ts';
import type { BfdTransition } from '../monitor/engine-log.ts';
import { parseKernelLine } from '../monitor/kernel-log.ts';
import { parseProbe } from '../monitor/round-trip.ts';
import { ownsTable } from '../plan/ids.ts';
import type { Event } from '../observe/event.ts';
import type { Route } from '../plan/resource.ts';
import { FileFollower } from '../system/follow-file.ts';
import { LineProcess } from '../system/line-process.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { CarriageTracker } from './carriage-tracker.ts';
import { Decided } from './decided.ts';
import { MoveTeller } from './move-teller.ts';
import { describeHeld, describeRelease, describeVerdict } from './narrate.ts';
import { drainedByPeer, engineRoutes } from './kernel-questions.ts';
import { PathTracker } from './path-tracker.ts';

/** What only matters for the next restart of the engine can wait until the repair is long done. */
const SUSPECT_DELAY_MS = 1000;

const PROBE_MS = 1000;

/** fping has something to say of every target once a second. */
const PROBES_SILENCE_MS = 10_000;

/**
 * Each target once a second, or less often where there are so many that this would be more than a
 * thousand packets per second. By default fping sends no more than one in 10 ms.
 */
function probeTimes(targets: number): readonly string[] {
  const between = Math.min(10, Math.max(1, Math.floor(PROBE_MS / targets)));
  return ['-i', String(between), '-p', String(Math.max(PROBE_MS, between * targets))];
}

export interface SiteWatchOptions {
  readonly site: SiteConfig;
  readonly directory: RunDirectory;
  readonly clock: Clock;
  readonly previous: PathTracker | undefined;
  /** The WANs drained here, as of now: a drain shows in the engine before we are told of it. */
  readonly drainedWans: () => Promise<readonly string[]>;
  readonly decided: { readonly held: readonly string[]; readonly suspect: readonly string[] };
  readonly onEvent: (event: Omit<Event, 'at'> & { readonly at?: number }) => void;
  /** Resolves to whether it was carried out; otherwise it is asked again within a second. */
  readonly onDecision: (held: readonly string[], suspect: readonly string[]) => Promise<boolean>;
  /** The kernel has told of something that may have to be put right. */
  readonly onChange: () => void;
  /** The tunnels of the site as it is applied, now or when whoever changes it is done. */
  readonly appliedDevices: () => Promise<ReadonlySet<string>>;
  /** The engine has changed a default route, in any table. */
  readonly onDefaultRoute: (at: number) => void;
  readonly onFailure: (error: unknown) => void;
}

export class SiteWatch {
  readonly site: SiteConfig;
  readonly paths: PathTracker;
  readonly carriage: CarriageTracker;
  readonly #options: SiteWatchOptions;
  readonly #decided: Decided<SiteWatchOptions['decided']>;
  readonly #moves: MoveTeller;
  #log: FileFollower | undefined;
  #kernel: LineProcess | undefined;
  #probes: LineProcess | undefined;
  #decision: NodeJS.Timeout | undefined;
  #drainedByPeer: ReadonlySet<string> = new Set();
  #closed = false;
  /** Paths that are up and held, as far as it was told. */
  #told: ReadonlySet<string> = new Set();
  /** Of the engine's log, not told yet. */
  #untold: BfdTransition[] = [];
  /** The last transition that the engine's log told, per far address. */
  readonly #heard = new Map<string, BfdTransition>();
  #routeChanges = 0;
  /** What is read from now on is compared with what was known, and told. */
  #routesKnown = false;
  /** Events come out in the order in which things happened, though some need a question first. */
  readonly #telling: SerialQueue;

  constructor(options: SiteWatchOptions) {
    this.site = options.site;
    this.#options = options;
    const now = options.clock.monotonic();
    this.paths = new PathTracker(options.site, options.previous, now, options.decided.held);
    this.carriage = new CarriageTracker(options.site);
    this.#telling = new SerialQueue(options.onFailure);
    this.#decided = new Decided(options.decided, ({ held, suspect }) =>
      options.onDecision(held, suspect),
    );
    this.#moves = new MoveTeller({
      paths: this.paths,
      inOrder: (work) => void this.#telling.run(work),
      drained: () => this.#drainedDevices(),
      onEvent: options.onEvent,
    });
  }

  async start(): Promise<void> {
    this.#log = new FileFollower(this.#options.directory.engineLog, (line) => {
      const transition = parseEngineLine(line);
      if (transition === undefined) return;
      this.#heard.set(transition.far, transition);
      this.#untold.push(transition);
      if (this.#untold.length === 1) void this.#telling.run(() => this.#transitions());
    });
    this.#kernel = new LineProcess(
      [
        // Of what comes in bursts more can wait than by default.
        ...['ip', '-N', '-ts', '-o', '-rcvbuf', '8388608', 'monitor', 'label'],
        ...['link', 'address', 'route', 'rule', 'netconf'],
      ],
      {
        onLine: (line) => {
          this.#kernelLine(line);
        },
        onStart: () => {
          this.readRoutes().catch(this.#options.onFailure);
        },
      },
    );
    await this.askSessions();
    await this.readRoutes();
    this.probeAgain();
  }

  close(): void {
    this.#closed = true;
    this.#log?.close();
    this.#kernel?.stop();
    this.#probes?.stop();
    this.#moves.close();
    clearTimeout(this.#decision);
  }

  /**
   * The sessions as they are, where their transitions were not seen. What is heard of a session
   * while the engine is being asked is newer than its answer.
   */
  async askSessions(): Promise<void> {
    const before = new Map(this.#heard);
    const text = await control(this.#options.directory, 'show', 'bfd', 'sessions');
    await this.#telling.run(async () => {
      const unseen = parseSessions(text).filter(
        ({ far, to }) =>
          this.#heard.get(far) === before.get(far) && this.paths.byFarAddress(far)?.bfd !== to,
      );
      if (unseen.length > 0) await this.#take(unseen);
    });
  }

  /** Starts to probe the paths anew: fping gives up on a device that is not there. */
  probeAgain(): void {
    this.#probes?.stop();
    const targets = this.paths.all().map(({ plan }) => `${plan.farAddress}%${plan.device}`);
    if (targets.length === 0) return;
    this.#probes = new LineProcess(
      // An answer within 900 ms, tagged as background traffic (RFC 8622).
      ['fping', '-6', '-l', ...probeTimes(targets.length), '-t', '900', '-O', '0x04', ...targets],
      {
        onLine: (line) => {
          const probe = parseProbe(line);
          if (probe !== undefined) this.paths.probe(probe);
        },
        silence: PROBES_SILENCE_MS,
      },
    );
  }

  async everySecond(): Promise<void> {
    const notUp = this.paths.all().filter((path) => !path.history.up);
    const here = notUp.length > 0 ? await this.#options.drainedWans() : [];
    if (notUp.length > 0) await this.#askDrained();
    for (const path of notUp) {
      const byPeer = this.#drainedByPeer.has(path.plan.device) ? 'by-peer' : undefined;
      // Also where the engine has no word to say of it: one end was restored, the other still drains.
      const drain = here.includes(path.plan.wan.name) ? 'here' : byPeer;
      if (drain !== path.drain) this.paths.setDrain(path.plan.name, drain);
    }
    this.#reconsider();
  }

  /** What has come since the last time, all at once: with a WAN of a hub go a thousand paths. */
  async #transitions(): Promise<void> {
    const heard = this.#untold;
    this.#untold = [];
    if (heard.length > 0) await this.#take(heard);
  }

  async #take(transitions: readonly BfdTransition[]): Promise<void> {
    const someFailed = transitions.some(({ to }) => to !== 'Up');
    const drainedHere = someFailed ? await this.#options.drainedWans() : [];
    if (someFailed) await this.#askDrained();
    const someRemoved = transitions.some(({ removed }) => removed === true);
    const applied = someRemoved ? await this.#options.appliedDevices() : undefined;
    if (this.#closed) return;
    let changed = false;
    for (const transition of transitions) {
      const known = this.paths.byFarAddress(transition.far);
      if (known === undefined) continue;
      const { device, wan } = known.plan;
      // By ourselves: then it has not failed.
      if (transition.removed === true && applied?.has(device) === false) continue;
      const now = this.#options.clock.monotonic();
      const byPeer = this.#drainedByPeer.has(device) ? 'by-peer' : undefined;
      const here = transition.to !== 'Up' && drainedHere.includes(wan.name);
      const drain = here ? 'here' : byPeer;
      const verdict = this.paths.verdict(known, transition.to, transition.at, now, drain);
      if (verdict === undefined) continue;
      changed = true;
      for (const event of describeVerdict(verdict, this.paths, this.#options.clock.wall())) {
        this.#options.onEvent(event);
      }
      if (verdict.path.history.up) this.#moves.isUp(device);
    }
    if (changed) this.#reconsider();
  }

  #kernelLine(line: string): void {
    const change = parseKernelLine(line);
    if (change === undefined) return;
    if (change.kind === 'other') {
      this.#options.onChange();
      return;
    }
    if (!ownsTable(this.site, change.table)) return;
    // Nothing of ours takes a route out of these tables, nor does anybody else add one.
    if (change.deleted || !change.byEngine) this.#options.onChange();
    if (!change.byEngine) return;
    this.#routeChanges += 1;
    if (change.prefix === 'default') this.#options.onDefaultRoute(change.at);
    const move = this.carriage.routeIs(change.table, change.prefix, change.device);
    if (move !== undefined) this.#moves.add({ ...move, at: change.at });
  }

  /**
   * Takes over which routes of the engine the kernel has. Asks again when something changed meanwhile: the
   * answer would be older than what is known. A move that is only found here, because its notification was
   * missed or is still to be read, is told as any other.
   */
  async readRoutes(): Promise<readonly Route[]> {
    for (;;) {
      const before = this.#routeChanges;
      const routes = await engineRoutes();
      if (this.#routeChanges !== before) continue;
      for (const route of routes) {
        // An unreachable route has no device, or the loopback.
        const device = route.interface === 'lo' ? undefined : route.interface;
        const move = this.carriage.routeIs(route.table, route.destination, device);
        if (move === undefined || !this.#routesKnown || this.#closed) continue;
        this.#moves.add({ ...move, at: this.#options.clock.wall() });
      }
      this.#routesKnown = true;
      return routes;
    }
  }

  /** At either end. */
  async #drainedDevices(): Promise<ReadonlySet<string>> {
    const [wans] = await Promise.all([this.#options.drainedWans(), this.#askDrained()]);
    const here = this.paths.all().filter(({ plan }) => wans.includes(plan.wan.name));
    return new Set([...this.#drainedByPeer, ...here.map(({ plan }) => plan.device)]);
  }

  async #askDrained(): Promise<void> {
    this.#drainedByPeer = await drainedByPeer(this.paths.all().map((path) => path.plan.device));
  }

  #tellHeld(now: number, held: readonly string[]): void {
    const wall = this.#options.clock.wall();
    const up = this.paths.all().filter((path) => path.history.up);
    const heldNow = new Set(held);
    for (const path of up) {
      const { name } = path.plan;
      if (heldNow.has(name) === this.#told.has(name)) continue;
      const event = heldNow.has(name) ? describeHeld(path, wall, now) : describeRelease(path, wall);
      if (event !== undefined) this.#options.onEvent(event);
    }
    this.#told = new Set(up.map((path) => path.plan.name).filter((name) => heldNow.has(name)));
  }

  /** Tells the gateway what to hold, when that has changed; soon if it matters soon. */
  #reconsider(): void {
    const now = this.#options.clock.monotonic();
    const decision = { held: this.paths.held(now), suspect: this.paths.suspect() };
    this.#tellHeld(now, decision.held);
    clearTimeout(this.#decision);
    if (!isDeepStrictEqual(decision, this.#decided.last)) {
      const urgent = !isDeepStrictEqual(decision.held, this.#decided.last?.held);
      this.#decision = setTimeout(
        () => {
          this.#decided.decide(decision);
        },
        urgent ? 0 : SUSPECT_DELAY_MS,
      );
      return;
    }
    const release = this.paths.nextRelease(now);
    if (release === undefined) return;
    this.#decision = setTimeout(
      () => {
        this.#reconsider();
      },
      release - now + 1,
    );
  }
}
