/**
 * The addresses of the LAN that a tunnel borrows (RFC 1812 section 2.2.7, an unnumbered interface): what
 * the gateway itself sends through it has a source that the peer knows a way back to.
 *
 * Always holds: the borrowed address does not depend on the LAN's interface: it may be made later, or
 * be away. Without one the kernel would take any global address of the machine, a WAN's as well.
 */
import type { SiteConfig } from '../config/site.ts';
import { addressBits, familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { TUNNEL_IPV4 } from './ids.ts';
import { lanMemberships } from './lan.ts';
import type { PathPlan } from './path.ts';
import type { AddressResource } from './resource.ts';

export function planUnnumbered(site: SiteConfig, path: PathPlan): readonly AddressResource[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family): readonly AddressResource[] => {
    const address = borrowed(site, path, family);
    if (address === undefined) return [];
    return [{ kind: 'address', interface: path.device, address, length: addressBits(family) }];
  });
}

/** Of the WAN's own subnet: TCP from there goes by this very tunnel. */
function borrowed(site: SiteConfig, path: PathPlan, family: Family): Address | undefined {
  const subnet = path.wan.subnets.find(({ gateway }) => familyOf(gateway) === family)?.gateway;
  const first = lanMemberships(site).find(({ own }) => familyOf(own.address) === family);
  return subnet ?? first?.own.address ?? (family === 'ipv4' ? TUNNEL_IPV4 : undefined);
}
