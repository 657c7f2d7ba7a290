/**
 * Which paths a packet may take, in which order. For TCP, plain or of MPTCP: one table per WAN for
 * sources in its subnets, and one by destination for other sources (paper section III-B; return
 * traffic by destination subnet). For the rest: one table with the best path, for what has no
 * subflow on every WAN gains nothing by a worse one (paper section III-D); and where the site file
 * asks for it, one per class with an order of its own, and one per group of buckets of spread flows.
 *
 * Always holds: every prefix of every peer is in every table of its family, and its candidates are
 * all paths to that peer, best first, each once.
 */
import type { Peer, SiteConfig, TrafficClass } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { prefixFamily } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { detourOrders } from './detours.ts';
import { directByPreference, directFamilies, directFromWan } from './direct-path.ts';
import type { DirectPath } from './direct-path.ts';
import { bestTable, classTable, destinationTable, wanTable } from './ids.ts';
import type { PathPlan } from './path.ts';
import { planSpread } from './spread.ts';

export interface ForwardingTable {
  readonly table: number;
  readonly family: Family;
  readonly routes: readonly ForwardingRoute[];
  /** The way to everything else; undefined: others' tables decide. */
  readonly direct: DirectRoute | undefined;
}

export interface DirectRoute {
  /** Best first, each once. */
  readonly candidates: readonly DirectPath[];
  /** False: stays on its first candidate whatever the probes say (Fast Recovery off). */
  readonly followsDetection: boolean;
}

export interface ForwardingRoute {
  readonly prefix: Prefix;
  readonly candidates: readonly PathPlan[];
  /** False: stays on its first candidate whatever BFD says (Fast Recovery off). */
  readonly followsDetection: boolean;
}

/** @param narrow names of paths that take less than IPv6 needs. */
export function planForwarding(
  site: SiteConfig,
  paths: readonly PathPlan[],
  direct: readonly DirectPath[],
  narrow: ReadonlySet<string> = new Set(),
): readonly ForwardingTable[] {
  const byPeer = Map.groupBy(paths, (path) => path.peer);
  const perPeer = site.peers.map((peer) => ({ peer, paths: byPeer.get(peer.name) ?? [] }));
  const tables: ForwardingTable[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const routes = (of: (peer: Peer, own: readonly PathPlan[]) => readonly ForwardingRoute[]) =>
      perPeer.flatMap(({ peer, paths: own }) => of(peer, own));
    const wholly = (
      order: (peer: Peer, own: readonly PathPlan[]) => readonly PathPlan[],
    ): readonly ForwardingRoute[] =>
      routes((peer, own) =>
        peerPrefixes(peer, family).map((prefix) => untiedRoute(prefix, order(peer, own))),
      );
    const best = wholly((_, own) => byPreference(site, own));
    const ways = direct.filter((path) => path.family === family);
    const everywhere = (route: () => DirectRoute): DirectRoute | undefined =>
      directFamilies(site).includes(family) ? route() : undefined;
    const preferred = everywhere(() => ({
      candidates: directByPreference(site, ways),
      followsDetection: true,
    }));
    if (best.length === 0 && preferred === undefined) continue;
    tables.push(
      { table: bestTable(site), family, routes: best, direct: preferred },
      {
        table: destinationTable(site),
        family,
        routes: routes((peer, own) => routesByDestination(site, peer, own, family)),
        direct: preferred,
      },
      ...site.classes.flatMap((one, index) =>
        one.spread
          ? []
          : [
              {
                table: classTable(site, index),
                family,
                routes: wholly((_, own) => byClass(site, one, own)),
                direct: undefined,
              },
            ],
      ),
      ...planSpread(site, paths).map(({ table, orders }) => ({
        table,
        family,
        routes: wholly((peer) => orders.get(peer.name) ?? []),
        direct: undefined,
      })),
    );
    for (const [index, wan] of site.wans.entries()) {
      if (!wan.subnets.some((subnet) => prefixFamily(subnet.prefix) === family)) continue;
      tables.push({
        table: wanTable(site, index),
        family,
        routes: routes((peer, own) =>
          peerPrefixes(peer, family).map((prefix) => ({
            prefix,
            candidates: fromWan(site, index, own),
            followsDetection: site.recovery.fast,
          })),
        ),
        direct: everywhere(() => ({
          candidates: directFromWan(site, index, ways),
          followsDetection: site.recovery.fast,
        })),
      });
    }
  }
  return tables.map((table) => (table.family === 'ipv6' ? narrowLast(table, narrow) : table));
}

/** IPv6 goes by a path that takes less than its packets may rely on only when there is no other. */
function narrowLast(table: ForwardingTable, narrow: ReadonlySet<string>): ForwardingTable {
  if (narrow.size === 0) return table;
  const isNarrow = ({ name }: PathPlan): boolean => narrow.has(name);
  return {
    ...table,
    routes: table.routes.map((route) => ({
      ...route,
      candidates: [
        ...route.candidates.filter((path) => !isNarrow(path)),
        ...route.candidates.filter(isNarrow),
      ],
    })),
  };
}

/** Every prefix that lies behind a peer, tied to a path or not. */
export function peerPrefixes(peer: Peer, family: Family): readonly Prefix[] {
  return [...peer.prefixes, ...peer.paths.flatMap((path) => path.subnets)].filter(
    (prefix) => prefixFamily(prefix) === family,
  );
}

function untiedRoute(prefix: Prefix, candidates: readonly PathPlan[]): ForwardingRoute {
  // What is tied to no path fails over whether or not Fast Recovery is on (paper section III-D).
  return { prefix, candidates, followsDetection: true };
}

function routesByDestination(
  site: SiteConfig,
  peer: Peer,
  paths: readonly PathPlan[],
  family: Family,
): readonly ForwardingRoute[] {
  const ofFamily = (prefix: Prefix): boolean => prefixFamily(prefix) === family;
  return [
    ...peer.prefixes
      .filter(ofFamily)
      .map((prefix) => untiedRoute(prefix, byPreference(site, paths))),
    ...paths.flatMap((path) =>
      path.config.subnets.filter(ofFamily).map((prefix) => ({
        prefix,
        candidates: [path, ...detoursOf(path, paths)],
        followsDetection: site.recovery.fast,
      })),
    ),
  ];
}

/** The WAN's own paths first, then its detours: those the file names, or those chosen by capacity. */
function fromWan(
  site: SiteConfig,
  wanIndex: number,
  paths: readonly PathPlan[],
): readonly PathPlan[] {
  const own = paths.filter((path) => path.wanIndex === wanIndex);
  const [primary] = own;
  if (primary === undefined) return byPreference(site, paths);
  const named = (primary.wan.detours ?? []).flatMap((name) =>
    paths.filter((path) => path.wan.name === name),
  );
  return unique([...own, ...named, ...detoursOf(primary, paths)]);
}

const ordersOf = new WeakMap<readonly PathPlan[], ReturnType<typeof detourOrders>>();

/** @param paths all to the peer. */
function detoursOf(path: PathPlan, paths: readonly PathPlan[]): readonly PathPlan[] {
  const orders = ordersOf.get(paths) ?? detourOrders(paths.map((other) => other.config.capacity));
  // Every path and every table asks for the same.
  ordersOf.set(paths, orders);
  const order = orders[paths.indexOf(path)] ?? [];
  return order.flatMap((index) => paths[index] ?? []);
}

function byPreference(site: SiteConfig, paths: readonly PathPlan[]): readonly PathPlan[] {
  return site.recovery.preference.flatMap((name) => paths.filter((path) => path.wan.name === name));
}

/**
 * Those it prefers, in its order; then the others by preference; last those it avoids. Where both
 * lists are about a path, one naming it and the other its WAN, the path's own name counts.
 */
function byClass(
  site: SiteConfig,
  { prefer, avoid }: TrafficClass,
  paths: readonly PathPlan[],
): readonly PathPlan[] {
  const avoided = (path: PathPlan): boolean =>
    avoid.includes(path.name) || (avoid.includes(path.wan.name) && !prefer.includes(path.name));
  const preferred = prefer.flatMap((name) =>
    paths.filter((path) => path.name === name || path.wan.name === name),
  );
  const all = unique([...preferred, ...byPreference(site, paths)]);
  return [...all.filter((path) => !avoided(path)), ...all.filter(avoided)];
}

function unique(paths: readonly PathPlan[]): readonly PathPlan[] {
  return [...new Set(paths)];
}
