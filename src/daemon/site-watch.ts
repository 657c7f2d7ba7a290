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
import type { Address } from '../net/address.ts';
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
import type { TrackedPath } from './path-tracker.ts';

/** What only matters for the next restart of the engine can wait until the repair is long done. */
const SUSPECT_DELAY_MS = 1000;

/** fping has something to say of every target once a second. */
const PROBES_SILENCE_MS = 10_000;

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
  /** Whether the site as it is applied has this tunnel, now or when whoever changes it is done. */
  readonly isApplied: (device: string) => Promise<boolean>;
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
      onEvent: options.onEvent,
    });
  }

  async start(): Promise<void> {
    this.#log = new FileFollower(this.#options.directory.engineLog, (line) => {
      const transition = parseEngineLine(line);
      if (transition === undefined) return;
      this.#heard.set(transition.far, transition);
      void this.#telling.run(() => this.#transition(transition));
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
    for (const session of parseSessions(text)) {
      if (this.#heard.get(session.far) !== before.get(session.far)) continue;
      if (this.#pathTo(session.far)?.bfd === session.to) continue;
      await this.#telling.run(() => this.#transition(session));
    }
  }

  /** Starts to probe the paths anew: fping gives up on a device that is not there. */
  probeAgain(): void {
    this.#probes?.stop();
    const targets = this.paths.all().map(({ plan }) => `${plan.farAddress}%${plan.device}`);
    if (targets.length === 0) return;
    this.#probes = new LineProcess(
      // Once a second each, an answer within 900 ms, tagged as background traffic (RFC 8622).
      ['fping', '-6', '-l', '-p', '1000', '-t', '900', '-O', '0x04', ...targets],
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
    if (notUp.length > 0) await this.#askDrained();
    for (const path of notUp) {
      const byPeer = this.#drainedByPeer.has(path.plan.device);
      if (byPeer !== (path.drain === 'by-peer') && path.drain !== 'here') {
        this.paths.setDrain(path.plan.name, byPeer ? 'by-peer' : undefined);
      }
    }
    this.#reconsider();
  }

  async #transition(transition: BfdTransition): Promise<void> {
    const drainedHere = transition.to === 'Up' ? [] : await this.#options.drainedWans();
    if (transition.to !== 'Up') await this.#askDrained();
    if (await this.#wasTakenAway(transition)) return;
    if (this.#closed) return;
    const known = this.#pathTo(transition.far);
    if (known === undefined) return;
    const now = this.#options.clock.monotonic();
    const { device, wan } = known.plan;
    const byPeer = this.#drainedByPeer.has(device) ? 'by-peer' : undefined;
    const drain = drainedHere.includes(wan.name) ? 'here' : byPeer;
    const verdict = this.paths.verdict(known, transition.to, transition.at, now, drain);
    if (verdict === undefined) return;
    for (const event of describeVerdict(verdict, this.paths, this.#options.clock.wall())) {
      this.#options.onEvent(event);
    }
    if (verdict.path.history.up) this.#moves.isUp(device);
    this.#reconsider();
  }

  /** By ourselves: then it has not failed. */
  async #wasTakenAway({ removed, far }: BfdTransition): Promise<boolean> {
    const known = this.#pathTo(far);
    if (removed !== true || known === undefined) return false;
    return !(await this.#options.isApplied(known.plan.device));
  }

  #pathTo(far: Address): TrackedPath | undefined {
    return this.paths.all().find((path) => path.plan.farAddress === far);
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
