/**
 * How large a packet each path takes: what its WAN's interface says, and what was found out of the
 * line behind it (`overrides.pathMtu`), whichever is less.
 *
 * Always holds: a value is there only where routes must keep packets to less than the device takes.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Waiting } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import type { Overrides } from './overrides.ts';
import type { PathPlan } from './path.ts';
import { IPV6_LEAST_MTU, VXLAN_OVERHEAD } from './tunnels.ts';

/** @param carries octets by device, where there is a tunnel. @returns octets by name of the path. */
export function pathMtus(
  paths: readonly PathPlan[],
  carries: ReadonlyMap<string, number>,
  { pathMtu }: Overrides,
): ReadonlyMap<string, number> {
  return new Map(
    paths.flatMap(({ name, device }) => {
      const most = carries.get(device) ?? Infinity;
      const found = pathMtu.get(name) ?? Infinity;
      // What was found when the interface took more says nothing now.
      const least = Math.min(most, found);
      return found < most || most < IPV6_LEAST_MTU ? [[name, least] as const] : [];
    }),
  );
}

/** Paths that take less than IPv6 relies on: the last that its packets go by. */
export function narrowPaths(mtus: ReadonlyMap<string, number>): ReadonlySet<string> {
  return new Set([...mtus].flatMap(([name, mtu]) => (mtu < IPV6_LEAST_MTU ? [name] : [])));
}

export function narrowWaiting(
  site: SiteConfig,
  paths: readonly PathPlan[],
  mtus: ReadonlyMap<string, number>,
): readonly Waiting[] {
  const withIpv6 = new Set(
    site.peers.filter((peer) => peerPrefixes(peer, 'ipv6').length > 0).map((peer) => peer.name),
  );
  return paths.flatMap(({ name, peer, wan, config }) => {
    const mtu = mtus.get(name);
    if (mtu === undefined || mtu >= IPV6_LEAST_MTU || !withIpv6.has(peer)) return [];
    const overhead = VXLAN_OVERHEAD[familyOf(config.remote)];
    const reason =
      `${wan.interface} takes packets of ${mtu + overhead} octets and IPv6 needs ` +
      `${IPV6_LEAST_MTU + overhead} there: used for IPv6 only while no other path is up`;
    return [{ what: `IPv6 by path ${name}`, reason }];
  });
}
