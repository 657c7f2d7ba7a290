/**
 * One VXLAN device per path (RFC 7348), with fixed addresses on both ends.
 *
 * Always holds: the MTU leaves room for the outside headers on the WAN below, so nothing is ever
 * fragmented; the far end's MAC is known, so a path that comes up needs no neighbour discovery.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import type { Facts, Waiting } from './facts.ts';
import { linkAlias, TUNNEL_IPV4 } from './ids.ts';
import type { PathPlan } from './path.ts';
import type { Resource } from './resource.ts';

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
  const local = localAddress(path, facts);
  if (local === undefined) {
    return waiting(path, `interface ${path.wan.interface} has no ${family} address`);
  }
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
      { kind: 'address', interface: path.device, address: TUNNEL_IPV4, length: 32 },
      { kind: 'neighbour', interface: path.device, address: path.farAddress, mac: path.farMac },
    ],
    waiting: [],
  };
}

/** The tunnel's own outside address: the file's, or the first that the interface has. */
export function localAddress(path: PathPlan, facts: Facts): Address | undefined {
  const family = familyOf(path.config.remote);
  const addresses =
    path.wan.addresses.length > 0
      ? path.wan.addresses
      : (facts.interfaces.get(path.wan.interface)?.addresses ?? []);
  return addresses.find((candidate) => familyOf(candidate.address) === family)?.address;
}

function waiting(path: PathPlan, reason: string): TunnelPlan {
  return { resources: [], waiting: [{ what: `path ${path.name}`, reason }] };
}
