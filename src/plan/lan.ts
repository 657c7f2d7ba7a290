/**
 * The LAN side: the gateway's address in every subnet, which is the hosts' default router.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Family, InterfaceAddress } from '../net/address.ts';
import { familyOf } from '../net/address.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import { prefixFamily, prefixLength, prefixOf } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Facts, Waiting } from './facts.ts';
import type { Resource } from './resource.ts';

export interface LanMembership {
  readonly interface: InterfaceName;
  readonly own: InterfaceAddress;
}

/** Every interface address of the gateway on its LAN, in the order of the file. */
export function lanMemberships(site: SiteConfig): readonly LanMembership[] {
  return [
    ...site.wans.flatMap((wan) =>
      wan.subnets.map((subnet) => ({
        interface: subnet.interface,
        own: { address: subnet.gateway, length: prefixLength(subnet.prefix) },
      })),
    ),
    ...site.lan.addresses.map((lan) => ({ interface: lan.interface, own: lan.address })),
  ];
}

/** Every prefix on the LAN. */
export function lanPrefixes(site: SiteConfig, family: Family): readonly Prefix[] {
  return lanMemberships(site)
    .filter((member) => familyOf(member.own.address) === family)
    .map((member) => prefixOf(member.own));
}

export function planLan(
  site: SiteConfig,
  facts: Facts,
): {
  readonly links: readonly Resource[];
  readonly addresses: readonly Resource[];
  readonly waiting: readonly Waiting[];
} {
  const absent = site.lan.interfaces.filter((name) => !facts.interfaces.has(name));
  return {
    links: site.lan.interfaces
      .filter((name) => !absent.includes(name))
      .map((name) => ({ kind: 'link-up', interface: name })),
    addresses: lanMemberships(site)
      .filter((member) => !absent.includes(member.interface))
      .map((member) => ({ kind: 'address', interface: member.interface, ...member.own })),
    waiting: absent.map((name) => ({
      what: `LAN ${name}`,
      reason: `interface ${name} does not exist`,
    })),
  };
}

/** Whether IPv6 is forwarded here at all: a LAN prefix or a peer's prefix is IPv6. */
export function forwardsIpv6(site: SiteConfig): boolean {
  return (
    lanMemberships(site).some((member) => familyOf(member.own.address) === 'ipv6') ||
    site.peers.some((peer) =>
      [...peer.prefixes, ...peer.paths.flatMap((path) => path.subnets)].some(
        (prefix) => prefixFamily(prefix) === 'ipv6',
      ),
    )
  );
}
