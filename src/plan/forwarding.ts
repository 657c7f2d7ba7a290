/**
 * Which paths a packet may take, in which order: one table per WAN for sources in its subnets, and
 * one for everything else (paper section III-B; return traffic by destination subnet).
 *
 * Always holds: every prefix of every peer is in every table of its family, and its candidates are
 * all paths to that peer, best first, each once.
 */
import type { Peer, SiteConfig } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { prefixFamily } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { detourOrders } from './detours.ts';
import { bestTable, wanTable } from './ids.ts';
import type { PathPlan } from './path.ts';

export interface ForwardingTable {
  readonly table: number;
  readonly family: Family;
  readonly routes: readonly ForwardingRoute[];
}

export interface ForwardingRoute {
  readonly prefix: Prefix;
  readonly candidates: readonly PathPlan[];
  /** False: stays on its first candidate whatever BFD says (Fast Recovery off). */
  readonly followsDetection: boolean;
}

export function planForwarding(
  site: SiteConfig,
  paths: readonly PathPlan[],
): readonly ForwardingTable[] {
  const perPeer = site.peers.map((peer) => ({
    peer,
    paths: paths.filter((path) => path.peer === peer.name),
  }));
  const tables: ForwardingTable[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const best = perPeer.flatMap(({ peer, paths: own }) => bestRoutes(site, peer, own, family));
    if (best.length === 0) continue;
    tables.push({ table: bestTable(site), family, routes: best });
    for (const [index, wan] of site.wans.entries()) {
      if (!wan.subnets.some((subnet) => prefixFamily(subnet.prefix) === family)) continue;
      tables.push({
        table: wanTable(site, index),
        family,
        routes: perPeer.flatMap(({ peer, paths: own }) =>
          peerPrefixes(peer, family).map((prefix) => ({
            prefix,
            candidates: fromWan(site, index, own),
            followsDetection: site.recovery.fast,
          })),
        ),
      });
    }
  }
  return tables;
}

/** Every prefix that lies behind a peer, tied to a path or not. */
export function peerPrefixes(peer: Peer, family: Family): readonly Prefix[] {
  return [...peer.prefixes, ...peer.paths.flatMap((path) => path.subnets)].filter(
    (prefix) => prefixFamily(prefix) === family,
  );
}

function bestRoutes(
  site: SiteConfig,
  peer: Peer,
  paths: readonly PathPlan[],
  family: Family,
): readonly ForwardingRoute[] {
  const ofFamily = (prefix: Prefix): boolean => prefixFamily(prefix) === family;
  return [
    ...peer.prefixes.filter(ofFamily).map((prefix) => ({
      prefix,
      candidates: byPreference(site, paths),
      // Plain traffic fails over whether or not Fast Recovery is on (paper section III-D).
      followsDetection: true,
    })),
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

function detoursOf(path: PathPlan, paths: readonly PathPlan[]): readonly PathPlan[] {
  const order =
    detourOrders(paths.map((other) => other.config.capacity))[paths.indexOf(path)] ?? [];
  return order.flatMap((index) => paths[index] ?? []);
}

function byPreference(site: SiteConfig, paths: readonly PathPlan[]): readonly PathPlan[] {
  return site.recovery.preference.flatMap((name) => paths.filter((path) => path.wan.name === name));
}

function unique(paths: readonly PathPlan[]): readonly PathPlan[] {
  return [...new Set(paths)];
}
