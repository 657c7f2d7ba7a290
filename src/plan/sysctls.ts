/**
 * The kernel switches a gateway needs, as few and as narrow as they come.
 *
 * Always holds: only our own interfaces are touched: the LAN and the tunnels forward, of the WANs only
 * those that are direct. IPv6 has, besides, one switch for the machine as a whole; the data plane sets it without
 * letting it spread to the interfaces of others.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Facts } from './facts.ts';
import { forwardsIpv6 } from './lan.ts';
import type { Resource, Sysctl } from './resource.ts';

/** The kernel copies a change of this one to every interface. */
export const IPV6_FORWARDING = ['net', 'ipv6', 'conf', 'all', 'forwarding'] as const;

/** Loose: the two directions of a flow may use different paths during a repair (RFC 3704 2.4). */
const LOOSE = '2';

/** Answer for addresses of the interface that is asked; the greater of `all` and its own holds. */
const ON_THIS_INTERFACE = '1';

export function planSysctls(
  site: SiteConfig,
  facts: Facts,
  tunnels: readonly string[],
): readonly Resource[] {
  const lan = site.lan.interfaces.filter((name) => facts.interfaces.has(name));
  const wans = site.wans.map((wan) => wan.interface).filter((name) => facts.interfaces.has(name));
  const forwarding = [...lan, ...tunnels];
  const ipv6 = forwardsIpv6(site);
  return [
    // Replies to translated connections come in there; nothing else is forwarded (direct-firewall.ts).
    ...site.wans
      .filter((wan) => wan.direct && wans.includes(wan.interface))
      .map((wan) => sysctl('ipv4', wan.interface, 'forwarding', '1')),
    ...forwarding.map((name) => sysctl('ipv4', name, 'forwarding', '1')),
    // The kernel takes the greater of `all` and the interface's own, so 2 is loose in any case.
    ...[...lan, ...wans, ...tunnels].map((name) => sysctl('ipv4', name, 'rp_filter', LOOSE)),
    // A WAN is told of its own addresses, not of those on the LAN or on other WANs.
    ...wans.map((name) => sysctl('ipv4', name, 'arp_ignore', ON_THIS_INTERFACE)),
    // Nobody on a tunnel is anybody's router.
    ...tunnels.map((name) => sysctl('ipv6', name, 'accept_ra', '0')),
    // Said in any case: the device may be left from a site that forwarded IPv6.
    ...tunnels.map((name) => sysctl('ipv6', name, 'forwarding', ipv6 ? '1' : '0')),
    ...(ipv6
      ? [
          ...lan.map((name) => sysctl('ipv6', name, 'forwarding', '1')),
          { kind: 'sysctl' as const, key: IPV6_FORWARDING, value: '1' },
        ]
      : []),
  ];
}

/** What is inside is IPv6, whatever the machine thinks of IPv6 elsewhere; before the addresses. */
export function tunnelHasIpv6(name: string): Sysctl {
  return sysctl('ipv6', name, 'disable_ipv6', '0');
}

/** Every switch that may be ours on a tunnel's device. */
export function tunnelSwitches(name: string): readonly (readonly string[])[] {
  return [
    sysctl('ipv4', name, 'forwarding', '1'),
    sysctl('ipv4', name, 'rp_filter', LOOSE),
    tunnelHasIpv6(name),
    sysctl('ipv6', name, 'accept_ra', '0'),
    sysctl('ipv6', name, 'forwarding', '1'),
  ].map(({ key }) => key);
}

function sysctl(family: 'ipv4' | 'ipv6', name: string, key: string, value: string): Sysctl {
  return { kind: 'sysctl', key: ['net', family, 'conf', name, key], value };
}
