/**
 * One VXLAN device per path (RFC 7348), with fixed addresses on both ends.
 *
 * Always holds: the device takes what its WAN's interface takes less the headers outside, and never
 * less than IPv6 needs, for without IPv6 there is no path; a WAN that takes less is said (`carries`),
 * and routes, not the device, keep packets to it. The far end's MAC is known, so a path that comes up
 * needs no neighbour discovery.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Facts, Waiting } from './facts.ts';
import { linkAlias, TUNNEL_PREFIX_LENGTH } from './ids.ts';
import { networkOf, outsideBeside, sourceAddress, wanOutside, whyNoAddress } from './outside.ts';
import type { Outside } from './outside.ts';
import type { PathPlan } from './path.ts';
import type { Resource } from './resource.ts';
import { tunnelHasIpv6 } from './sysctls.ts';
import { planUnnumbered } from './unnumbered.ts';

/** Outside IP + UDP + VXLAN + inside Ethernet. */
export const VXLAN_OVERHEAD: Readonly<Record<Family, number>> = { ipv4: 50, ipv6: 70 };

/** RFC 8200 section 5. The kernel takes IPv6 off a device that takes less. */
export const IPV6_LEAST_MTU = 1280;

/**
 * What IPv4 has every host take (RFC 791: 576) less the headers outside. Where an interface is set to
 * less than even that, it is the outside that is cut.
 */
const LEAST_CARRIED = 526;

export interface TunnelPlan {
  readonly resources: readonly Resource[];
  /** Octets inside that go out of the WAN's interface in one piece; undefined: there is no tunnel. */
  readonly carries: number | undefined;
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
  const carries = Math.max(LEAST_CARRIED, below.mtu - VXLAN_OVERHEAD[family]);
  return {
    carries,
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
        // What must not be cut inside is not cut outside, either: else nobody would find out what the
        // line takes, and every packet that is too large would cost two. But on a WAN below IPv6's
        // least the outside has to be cut: there is no other way to carry what IPv6 may rely on.
        df: carries < IPV6_LEAST_MTU ? 'unset' : 'inherit',
        lower: undefined,
        mac: path.localMac,
        mtu: Math.max(IPV6_LEAST_MTU, carries),
        alias: linkAlias(site.site),
      },
      {
        kind: 'forwarding-entry',
        interface: path.device,
        mac: path.farMac,
        remote: path.config.remote,
        lower: path.wan.interface,
      },
      tunnelHasIpv6(path.device),
      // Just the two ends: with a route to all of fe80::/64 per tunnel, the kernel would look through
      // those of all tunnels for every packet (3,000 tunnels: 43 % of the engine's time).
      {
        kind: 'address',
        interface: path.device,
        address: path.localAddress,
        length: TUNNEL_PREFIX_LENGTH,
      },
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
  return { resources: [], carries: undefined, waiting: [{ what: `path ${path.name}`, reason }] };
}
