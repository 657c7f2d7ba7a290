/**
 * One VXLAN device per path (RFC 7348), with fixed addresses on both ends.
 *
 * Always holds: the MTU leaves room for the outside headers on the WAN below, so nothing is ever
 * fragmented; the far end's MAC is known, so a path that comes up needs no neighbour discovery.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Facts, Waiting } from './facts.ts';
import { linkAlias } from './ids.ts';
import { networkOf, outsideBeside, sourceAddress, wanOutside, whyNoAddress } from './outside.ts';
import type { Outside } from './outside.ts';
import type { PathPlan } from './path.ts';
import type { Resource } from './resource.ts';
import { planUnnumbered } from './unnumbered.ts';

/** Outside IP + UDP + VXLAN + inside Ethernet. */
export const VXLAN_OVERHEAD: Readonly<Record<Family, number>> = { ipv4: 50, ipv6: 70 };

export interface TunnelPlan {
  readonly resources: readonly Resource[];
  readonly waiting: readonly Waiting[];
}

export function planTunnel(site: SiteConfig, path: PathPlan, facts: Facts): TunnelPlan {
  const below = facts.interfaces.get(path.wan.interface);
  if (below === undefined) return waiting(path, `interface ${path.wan.interface} does not exist`);
  const family = familyOf(path.config.remote);
  const outside = wanOutside(site, path.wan, facts);
  const local = sourceOf(path, facts, outside);
  if (local === undefined) return waiting(path, whyNoAddress(path.wan, outside, family));
  const noWay = whyOutOfReach(path, facts, outside);
  if (noWay !== undefined) return waiting(path, noWay);
  const mtu = below.mtu - VXLAN_OVERHEAD[family];
  return {
    resources: [
      {
        kind: 'vxlan',
        name: path.device,
        vni: path.config.vni,
        port: site.tunnel.port,
        // From and to one port at both ends, what either sends is an answer to the other: a NAT or a
        // stateful firewall lets it pass, and BFD keeps it remembered.
        sourcePort: path.config.nat ? site.tunnel.port : undefined,
        local,
        remote: path.config.remote,
        lower: path.wan.interface,
        mac: path.localMac,
        mtu,
        alias: linkAlias(site.site),
      },
      { kind: 'address', interface: path.device, address: path.localAddress, length: 64 },
      ...planUnnumbered(site, path),
      { kind: 'neighbour', interface: path.device, address: path.farAddress, mac: path.farMac },
    ],
    waiting: [],
  };
}

/** The tunnel's own outside address: the one it has, or the best of the WAN's for this peer. */
export function localAddress(path: PathPlan, facts: Facts): Address | undefined {
  return sourceOf(path, facts, outsideBeside([], path.wan, facts));
}

function sourceOf(path: PathPlan, facts: Facts, outside: Outside): Address | undefined {
  return sourceAddress(outside, path.config.remote, facts.tunnelSources.get(path.device));
}

/** Nothing that could be mended by waiting is a reason: a WAN may have more specific routes only. */
function whyOutOfReach(path: PathPlan, facts: Facts, outside: Outside): string | undefined {
  const { remote } = path.config;
  const holder = facts.own.get(remote);
  if (holder !== undefined) return `the peer's address ${remote} is our own on ${holder}`;
  const { addresses, faults } = outside;
  if (addresses.some((own) => prefixContains(networkOf(own), remote))) return undefined;
  return faults.find(({ family, about }) => family === familyOf(remote) && about === 'way')?.reason;
}

function waiting(path: PathPlan, reason: string): TunnelPlan {
  return { resources: [], waiting: [{ what: `path ${path.name}`, reason }] };
}
