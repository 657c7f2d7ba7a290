/**
 * Which leases are more than one host may have; pure.
 *
 * A host gets a lease for each client identifier it names, so one that keeps naming new ones could
 * take a whole pool. The firewall holds a host to its own Ethernet address; this counts by it.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { MacAddress } from '../net/mac-address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Lease } from './lease.ts';

/** One interface is several clients when it boots: firmware, an initial RAM disk, the system. */
export const LEASES_PER_SUBNET = 4;

export interface Greedy {
  readonly mac: MacAddress;
  /** All leases but the {@link LEASES_PER_SUBNET} that last longest, in each subnet. */
  readonly excess: readonly Lease[];
}

export function greedyHosts(site: SiteConfig, leases: readonly Lease[]): readonly Greedy[] {
  const subnets = site.wans.flatMap((wan) => wan.subnets.map((subnet) => subnet.prefix));
  const found = subnets.flatMap((subnet) => {
    const inside = leases.filter(
      (lease) =>
        lease.mac !== undefined &&
        familyOf(lease.address) === 'ipv4' &&
        prefixContains(subnet, lease.address),
    );
    return [...Map.groupBy(inside, (lease) => lease.mac)].flatMap(([mac, own]) =>
      mac === undefined || own.length <= LEASES_PER_SUBNET
        ? []
        : [{ mac, excess: own.toSorted(byExpiry).slice(0, -LEASES_PER_SUBNET) }],
    );
  });
  return [...Map.groupBy(found, (one) => one.mac)].map(([mac, parts]) => ({
    mac,
    excess: parts.flatMap((part) => part.excess),
  }));
}

function byExpiry(one: Lease, other: Lease): number {
  return one.expires - other.expires;
}
