/** The gateway's own addresses on its LAN. */
import type { Address } from '../net/address.ts';
import type { SiteConfig } from './site.ts';

/** In the order of the file: those in networks of no WAN last. */
export function lanAddressesOf(site: SiteConfig): readonly Address[] {
  return [
    ...site.wans.flatMap((wan) => wan.subnets.map((subnet) => subnet.gateway)),
    ...site.lan.addresses.map(({ address }) => address.address),
  ];
}
