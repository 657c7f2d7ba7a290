/**
 * Which path each bucket of flows takes, and which instead when that one is down.
 *
 * A flow's bucket follows from its addresses and ports (src/plan/classification.ts), and every bucket
 * has an order of paths as a WAN has. So when a path goes down only its buckets move, which the
 * kernel's own multipath routes do not hold: those share all flows out anew.
 *
 * Always holds: every bucket's order names every path to a peer exactly once; of the buckets, each
 * path has as many as its capacity is of all, rounded, and so have the paths that remain of the
 * buckets of one that is down.
 */
import type { SiteConfig } from '../config/site.ts';
import { SPREAD_BUCKETS, spreadTable } from './ids.ts';
import type { PathPlan } from './path.ts';

/** Buckets that take the same paths to every peer: they share a table. */
export interface BucketGroup {
  readonly table: number;
  readonly buckets: readonly number[];
  /** By the peer's name. */
  readonly orders: ReadonlyMap<string, readonly PathPlan[]>;
}

export function planSpread(site: SiteConfig, paths: readonly PathPlan[]): readonly BucketGroup[] {
  if (!spreads(site)) return [];
  const byPeer = Map.groupBy(paths, (path) => path.peer);
  const perPeer = site.peers.map((peer) => {
    const own = byPeer.get(peer.name) ?? [];
    const orders = bucketOrders(own.map((path) => path.config.capacity));
    return { peer: peer.name, orders: orders.map((order) => order.flatMap((i) => own[i] ?? [])) };
  });
  const groups = new Map<string, { buckets: number[]; orders: Map<string, readonly PathPlan[]> }>();
  for (let bucket = 0; bucket < SPREAD_BUCKETS; bucket++) {
    const orders = new Map(perPeer.map((one) => [one.peer, one.orders[bucket] ?? []]));
    const key = [...orders.values()]
      .flat()
      .map((path) => path.name)
      .join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { buckets: [bucket], orders });
    else group.buckets.push(bucket);
  }
  return [...groups.values()].map((group, index) => ({
    table: spreadTable(site, index),
    ...group,
  }));
}

/** Whether anything is spread here. */
function spreads(site: SiteConfig): boolean {
  return site.recovery.spread || site.classes.some((one) => one.spread);
}

/**
 * For bucket b, `bucketOrders(capacities)[b]` lists all paths, best first. Capacities are in any
 * unit, all > 0.
 */
export function bucketOrders(capacities: readonly number[]): readonly (readonly number[])[] {
  const orders: number[][] = Array.from({ length: SPREAD_BUCKETS }, () => []);
  const share = (buckets: readonly number[][], remaining: readonly number[]): void => {
    if (buckets.length === 0) return;
    const counts = apportion(
      buckets.length,
      remaining.map((path) => capacities[path] ?? 0),
    );
    let next = 0;
    for (const [index, path] of remaining.entries()) {
      const own = buckets.slice(next, (next += counts[index] ?? 0));
      for (const order of own) order.push(path);
      share(
        own,
        remaining.filter((other) => other !== path),
      );
    }
  };
  share(orders, [...capacities.keys()]);
  return orders;
}

/** `count` whole things by weight: the nearest whole numbers with that sum (largest remainders). */
function apportion(count: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((one, other) => one + other, 0);
  const exact = weights.map((weight) => (count * weight) / sum);
  const counts = exact.map(Math.floor);
  const missing = count - counts.reduce((one, other) => one + other, 0);
  const byRemainder = [...weights.keys()].sort(
    (a, b) => ((exact[b] ?? 0) % 1) - ((exact[a] ?? 0) % 1),
  );
  for (const index of byRemainder.slice(0, missing)) counts[index] = (counts[index] ?? 0) + 1;
  return counts;
}
