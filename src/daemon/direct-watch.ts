/**
 * Watches the direct WANs of one applied site: probes them, makes events of verdicts and of the kernel's
 * route changes, and decides which of them the engine may use.
 *
 * Always holds: a decision is carried out by the engine's configuration, so it stays when the daemon
 * dies or the engine is started anew.
 */
import { isDeepStrictEqual } from 'node:util';

import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';
import type { Event } from '../observe/event.ts';
import type { Carriage, DirectStatus } from '../observe/status.ts';
import { planDirect } from '../plan/direct-path.ts';
import type { DirectPath } from '../plan/direct-path.ts';
import type { Facts } from '../plan/facts.ts';
import { bestTable, ownsTable, wanTable } from '../plan/ids.ts';
import { isHeld } from '../recover/policy.ts';
import { Decided } from './decided.ts';
import { DirectProbes } from './direct-probes.ts';
import { DirectTracker } from './direct-tracker.ts';
import { directStatus, INTERNET } from './direct-status.ts';
import { describeDirectMove, describeDirectVerdict } from './direct-narrate.ts';
import { engineRoutes } from './kernel-questions.ts';

/** The engine changes several tables one after the other. */
const GATHER_MS = 30;

export interface DirectWatchOptions {
  readonly site: SiteConfig;
  readonly clock: Clock;
  readonly previous: DirectTracker | undefined;
  readonly decided: { readonly down: readonly string[]; readonly held: readonly string[] };
  readonly onEvent: (event: Omit<Event, 'at'> & { readonly at?: number }) => void;
  /** Resolves to whether it was carried out; otherwise it is asked again within a second. */
  readonly onDecision: (down: readonly string[], held: readonly string[]) => Promise<boolean>;
  readonly onFailure: (error: unknown) => void;
}

/** Per table and family, the device of the default route. */
type Ways = ReadonlyMap<string, string>;

export class DirectWatch {
  readonly #options: DirectWatchOptions;
  readonly tracker: DirectTracker;
  readonly #probes = new Map<string, { readonly key: string; readonly probes: DirectProbes }>();
  readonly #decided: Decided<DirectWatchOptions['decided']>;
  #decision: NodeJS.Timeout | undefined;
  #gather: NodeJS.Timeout | undefined;
  #ways: Ways = new Map();
  #movedAt = 0;

  constructor(options: DirectWatchOptions) {
    this.#options = options;
    this.tracker = new DirectTracker(options.site, options.decided.down, options.previous);
    this.#decided = new Decided(options.decided, ({ down, held }) =>
      options.onDecision(down, held),
    );
  }

  async start(facts: Facts): Promise<void> {
    this.setFacts(facts);
    this.#ways = await defaultWays(this.#options.site);
    // What was held when the daemon ended is no longer.
    this.#reconsider();
  }

  close(): void {
    clearTimeout(this.#decision);
    clearTimeout(this.#gather);
    for (const { probes } of this.#probes.values()) probes.close();
    this.#probes.clear();
  }

  /** Probes begin anew where the WAN has another address or next hop. */
  setFacts(facts: Facts): void {
    const { site, clock } = this.#options;
    const inUse = new Map(this.tracker.all().map(({ path }) => [path.name, path.local]));
    const { paths } = planDirect(site, facts, inUse);
    this.tracker.setPaths(paths, clock.monotonic());
    const wanted = new Map(paths.map((path) => [path.name, path]));
    for (const [name, { key, probes }] of this.#probes) {
      const path = wanted.get(name);
      if (path !== undefined && probeKey(path) === key) continue;
      probes.close();
      this.#probes.delete(name);
    }
    for (const [name, path] of wanted) {
      if (this.#probes.has(name)) continue;
      const probes = new DirectProbes(site, path, (target, roundTrip) => {
        const now = clock.monotonic();
        const verdict = this.tracker.answer(name, target, roundTrip, now, clock.wall());
        if (verdict === undefined) return;
        const { direct, before } = verdict;
        for (const event of describeDirectVerdict(direct, before, this.tracker.all())) {
          this.#options.onEvent(event);
        }
        this.#reconsider();
      });
      this.#probes.set(name, { key: probeKey(path), probes });
    }
  }

  /** The engine has changed a default route in the kernel, at this time. */
  routeChanged(at: number): void {
    this.#movedAt = at;
    clearTimeout(this.#gather);
    this.#gather = setTimeout(() => {
      this.#tellMoves().catch(this.#options.onFailure);
    }, GATHER_MS);
  }

  everySecond(): void {
    this.#reconsider();
  }

  /** Of WAN `index`, one per family. */
  status(index: number, drained: readonly string[]): readonly DirectStatus[] {
    const now = this.#options.clock.monotonic();
    return this.tracker
      .all()
      .filter(({ path }) => path.wanIndex === index)
      .map((direct) =>
        directStatus(direct, this.#options.site.probes, {
          held: isHeld(direct.history, now),
          drained: drained.includes(direct.path.wan.name),
        }),
      );
  }

  /** Which direct path TCP from the subnets of WAN `index` takes now, per family. */
  wanCarriage(index: number): readonly Carriage[] {
    return this.#carriage(wanTable(this.#options.site, index), index);
  }

  bestCarriage(): readonly Carriage[] {
    return this.#carriage(bestTable(this.#options.site), undefined);
  }

  #carriage(table: number, home: number | undefined): readonly Carriage[] {
    const { site } = this.#options;
    return (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const device = this.#ways.get(`${table} ${family}`);
      if (device === undefined) return [];
      const wan = site.wans.find((one) => one.interface === device);
      const detour =
        home === undefined
          ? wan?.name !== site.recovery.preference.find((name) => isDirect(site, name))
          : site.wans[home]?.direct === true && wan !== site.wans[home];
      return [{ peer: INTERNET, path: wan === undefined ? null : `${wan.name}/${family}`, detour }];
    });
  }

  async #tellMoves(): Promise<void> {
    const { site, clock } = this.#options;
    const before = this.#ways;
    this.#ways = await defaultWays(site);
    for (const [key, device] of this.#ways) {
      const from = before.get(key);
      const [table = '', family = ''] = key.split(' ');
      const home = site.wans.findIndex((_, index) => wanTable(site, index) === Number(table));
      if (from === device || (home < 0 && Number(table) !== bestTable(site))) continue;
      const event = describeDirectMove(
        { home: site.wans[home], family, from, to: device, at: this.#movedAt },
        site,
        this.tracker.all(),
        clock.wall(),
      );
      if (event !== undefined) this.#options.onEvent(event);
    }
  }

  /** Tells the gateway what is down and what is held, when that has changed. */
  #reconsider(): void {
    const now = this.#options.clock.monotonic();
    const decision = { down: this.tracker.down(), held: this.tracker.held(now) };
    clearTimeout(this.#decision);
    if (!isDeepStrictEqual(decision, this.#decided.last)) this.#decided.decide(decision);
    const release = this.tracker.nextRelease(now);
    if (release === undefined) return;
    this.#decision = setTimeout(
      () => {
        this.#reconsider();
      },
      release - now + 1,
    );
  }
}

function isDirect(site: SiteConfig, name: string): boolean {
  return site.wans.some((wan) => wan.name === name && wan.direct);
}

function probeKey({ local, nexthop }: DirectPath): string {
  return `${local} ${nexthop ?? ''}`;
}

async function defaultWays(site: SiteConfig): Promise<Ways> {
  const routes = (await engineRoutes()).filter(
    (route) => route.destination === 'default' && ownsTable(site, route.table),
  );
  return new Map(routes.map((route) => [`${route.table} ${route.family}`, route.interface]));
}
