/**
 * Everything that watches one applied site: its paths, what fits through them, its direct WANs, the
 * programs that serve hosts. What they decide is asked of the gateway.
 *
 * Always holds: made anew whenever the site is; what was known of paths that stay is kept.
 */
import type { Decisions } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';
import { eachInTurn } from '../lib/each-in-turn.ts';
import type { Event } from '../observe/event.ts';
import type { SerialQueue } from '../lib/serial-queue.ts';
import { planPaths } from '../plan/path.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { DirectWatch } from './direct-watch.ts';
import type { Gateway } from './gateway.ts';
import type { Learned } from './learned.ts';
import { describePathMtu } from './narrate.ts';
import { PathMtuWatch } from './path-mtu-watch.ts';
import type { TrackedPath } from './path-tracker.ts';
import { ProvisionWatch } from './provision-watch.ts';
import { ProxyWatch } from './proxy-watch.ts';
import type { Exclusively } from './revival.ts';
import { SessionWatch } from './session-watch.ts';
import { SiteWatch } from './site-watch.ts';

export interface WatchesOptions {
  readonly directory: RunDirectory;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly learned: Learned;
  readonly queue: SerialQueue;
  readonly onEvent: (event: Omit<Event, 'at'> & { readonly at?: number }) => void;
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
}

const toDevice = ({ device }: { readonly device: string }): string => device;

export class Watches {
  readonly site: SiteConfig;
  readonly paths: SiteWatch;
  readonly provision: ProvisionWatch;
  readonly proxy: ProxyWatch;
  readonly direct: DirectWatch | undefined;
  readonly #pathMtu: PathMtuWatch;
  readonly #sessions: SessionWatch;
  readonly #options: WatchesOptions;

  /** @param previous closed; what it knew of paths that stay is taken over. */
  constructor(
    site: SiteConfig,
    decisions: Decisions,
    options: WatchesOptions,
    previous: Watches | undefined,
  ) {
    this.#options = options;
    this.site = site;
    const { directory, gateway, clock, queue, onEvent, onChange, onFailure } = options;
    const exclusively: Exclusively = (work) => gateway.exclusively(work);
    const programs = { site, directory, exclusively, onEvent };
    this.provision = new ProvisionWatch(programs);
    this.proxy = new ProxyWatch(programs);
    this.paths = new SiteWatch({
      site,
      directory,
      clock,
      previous: previous?.paths.paths,
      drainedWans: async () => (await gateway.state()).decisions.drainedWans,
      decided: { held: decisions.held, suspect: decisions.suspect },
      onEvent,
      onDecision: (held, suspect) =>
        queue.run(() => gateway.decide((before) => ({ ...before, held, suspect }))),
      onChange,
      appliedDevices: async () => {
        // Waits for whoever is at work, but not for ever.
        await gateway.exclusively(async () => undefined).catch(() => undefined);
        const { applied } = await gateway.state();
        return new Set(applied === undefined ? [] : planPaths(applied.site).map(toDevice));
      },
      onDefaultRoute: (at) => {
        this.direct?.routeChanged(at);
      },
      onFailure,
    });
    this.#sessions = new SessionWatch({
      paths: () => this.paths.paths.all(),
      ...{ directory, exclusively, onEvent },
    });
    this.#pathMtu = new PathMtuWatch({
      deviceMtu: (device) => options.learned.tunnelMtus.get(device),
      known: decisions.pathMtu,
      onFound: (path, mtu) => void queue.run(() => this.#pathTakes(path, mtu)),
    });
    this.direct = site.wans.some((wan) => wan.direct)
      ? new DirectWatch({
          site,
          clock,
          previous: previous?.direct?.tracker,
          decided: { down: decisions.directDown, held: decisions.directHeld },
          onEvent,
          onFailure,
          onDecision: (directDown, directHeld) =>
            queue.run(() => gateway.decide((before) => ({ ...before, directDown, directHeld }))),
        })
      : undefined;
  }

  async start(): Promise<void> {
    await this.paths.start();
    await this.direct?.start(this.#options.learned.facts);
  }

  close(): void {
    this.paths.close();
    this.#pathMtu.close();
    this.direct?.close();
  }

  /** @param now monotonic. */
  async everySecond(now: number): Promise<void> {
    this.direct?.everySecond();
    this.#pathMtu.everySecond(this.paths.paths.all(), now);
    const watches = [this.paths, this.#sessions, this.provision, this.proxy];
    await eachInTurn(
      watches.map((watch) => () => watch.everySecond()),
      this.#options.onFailure,
    );
  }

  async #pathTakes(path: TrackedPath, mtu: number | undefined): Promise<void> {
    const { gateway, clock, learned, onEvent } = this.#options;
    const { name, device } = path.plan;
    const known = (await gateway.state()).decisions.pathMtu[name];
    if (known === mtu) return;
    await gateway.decide((before) => {
      const others = Object.entries(before.pathMtu).filter(([other]) => other !== name);
      const pathMtu = Object.fromEntries(mtu === undefined ? others : [...others, [name, mtu]]);
      return { ...before, pathMtu };
    });
    const full = learned.tunnelMtus.get(device);
    if (full !== undefined) onEvent(describePathMtu(path, mtu ?? full, full, clock.wall()));
  }
}
