/**
 * Which path the kernel uses now, per table and prefix, as its own notifications tell.
 *
 * Always holds: no effects; reports what the kernel did, not what the engine was asked to do.
 */
import type { SiteConfig } from '../config/site.ts';
import { planForwarding } from '../plan/forwarding.ts';
import type { ForwardingRoute, ForwardingTable } from '../plan/forwarding.ts';
import { bestTable, classTable, destinationTable, SPREAD_BUCKETS, wanTable } from '../plan/ids.ts';
import type { PathPlan } from '../plan/path.ts';
import { planPaths } from '../plan/path.ts';
import { planSpread } from '../plan/spread.ts';
import type { BucketGroup } from '../plan/spread.ts';
import type { Carriage, Share } from '../observe/status.ts';

/** Which traffic a route is for. */
export type Traffic =
  | { readonly kind: 'from-wan'; readonly wan: string }
  /** TCP to subnets that a peer has tied to the path where it belongs. */
  | { readonly kind: 'to-tied' }
  | { readonly kind: 'class'; readonly name: string }
  /** The flows that are spread over the path where they belong. */
  | { readonly kind: 'spread' }
  | { readonly kind: 'rest' };

/** Traffic to one peer went from one device to another. */
export interface Move {
  readonly traffic: Traffic;
  readonly peer: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The first candidate: where it belongs. */
  readonly primary: PathPlan | undefined;
}

export class CarriageTracker {
  readonly #site: SiteConfig;
  /** By table and prefix. */
  readonly #routes: ReadonlyMap<string, ForwardingRoute>;
  /** Of each table: the first route to each peer. */
  readonly #firsts: ReadonlyMap<number, ReadonlyMap<string, ForwardingRoute>>;
  readonly #devices = new Map<string, string>();
  readonly #byDevice: ReadonlyMap<string, PathPlan>;
  readonly #spread: readonly BucketGroup[];

  constructor(site: SiteConfig) {
    this.#site = site;
    const paths = planPaths(site);
    const tables = planForwarding(site, paths, []);
    this.#byDevice = new Map(paths.map((path) => [path.device, path]));
    const routes = tables.flatMap(({ table, routes: own }) =>
      own.map((route) => [routeKey(table, route.prefix), route] as const),
    );
    // The first of those with one key, which both families' default routes have.
    this.#routes = new Map(routes.toReversed());
    this.#firsts = firstRoutes(tables);
    this.#spread = planSpread(site, paths);
  }

  /** @returns undefined when nothing moved of which is to be told, or the route is not one of ours. */
  routeIs(table: number, prefix: string, device: string | undefined): Move | undefined {
    const route = this.#routes.get(routeKey(table, prefix));
    if (route === undefined) return undefined;
    const key = `${table} ${route.prefix}`;
    const from = this.#devices.get(key);
    if (from === device) return undefined;
    if (device === undefined) this.#devices.delete(key);
    else this.#devices.set(key, device);
    const traffic = this.#trafficOf(table, route);
    if (traffic === undefined) return undefined;
    const [primary] = route.candidates;
    return { traffic, peer: primary?.peer ?? '', from, to: device, primary };
  }

  wanCarriage(index: number): readonly Carriage[] {
    return this.#carriage(wanTable(this.#site, index));
  }

  bestCarriage(): readonly Carriage[] {
    return this.#carriage(bestTable(this.#site));
  }

  /** Of the class with this place in the file; none of one that is spread. */
  classCarriage(index: number): readonly Carriage[] {
    return this.#carriage(classTable(this.#site, index));
  }

  /** How much of the flows that are spread each path carries; none where nothing is. */
  shares(): readonly Share[] {
    return this.#site.peers.flatMap(({ name: peer }) => {
      const buckets = new Map<string | null, number>();
      for (const group of this.#spread) {
        const path = this.#carriageTo(group.table, peer)?.path ?? null;
        buckets.set(path, (buckets.get(path) ?? 0) + group.buckets.length);
      }
      return [...buckets].map(([path, count]) => ({ peer, path, share: count / SPREAD_BUCKETS }));
    });
  }

  /** @returns undefined for TCP to what is tied to no path: it moves with the rest, and says no more. */
  #trafficOf(table: number, { prefix, candidates }: ForwardingRoute): Traffic | undefined {
    if (table === bestTable(this.#site)) return { kind: 'rest' };
    if (table === destinationTable(this.#site)) {
      const tied = candidates[0]?.config.subnets.includes(prefix) ?? false;
      return tied ? { kind: 'to-tied' } : undefined;
    }
    const one = this.#site.classes.find((_, index) => classTable(this.#site, index) === table);
    if (one !== undefined) return { kind: 'class', name: one.name };
    if (this.#spread.some((group) => group.table === table)) return { kind: 'spread' };
    const wan = this.#site.wans.find((_, index) => wanTable(this.#site, index) === table);
    return wan === undefined ? undefined : { kind: 'from-wan', wan: wan.name };
  }

  #carriage(table: number): readonly Carriage[] {
    return this.#site.peers.flatMap((peer) => this.#carriageTo(table, peer.name) ?? []);
  }

  #carriageTo(table: number, peer: string): Carriage | undefined {
    const route = this.#firsts.get(table)?.get(peer);
    if (route === undefined) return undefined;
    const device = this.#devices.get(`${table} ${route.prefix}`);
    const path = device === undefined ? undefined : this.#byDevice.get(device);
    return {
      peer,
      path: path?.name ?? null,
      detour: path !== undefined && path.name !== route.candidates[0]?.name,
    };
  }
}

/** iproute2 prints the default routes of both families as `default`. */
function routeKey(table: number, prefix: string): string {
  return `${table} ${/^(0\.0\.0\.0|::)\/0$/.test(prefix) ? 'default' : prefix}`;
}

function firstRoutes(
  tables: readonly ForwardingTable[],
): ReadonlyMap<number, ReadonlyMap<string, ForwardingRoute>> {
  const firsts = new Map<number, Map<string, ForwardingRoute>>();
  for (const { table, routes } of tables) {
    const own = firsts.get(table) ?? new Map<string, ForwardingRoute>();
    firsts.set(table, own);
    for (const route of routes) {
      const peer = route.candidates[0]?.peer;
      if (peer !== undefined && !own.has(peer)) own.set(peer, route);
    }
  }
  return firsts;
}
