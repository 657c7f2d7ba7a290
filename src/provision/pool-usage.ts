/**
 * How full the pools are; pure.
 *
 * Always holds: an address that is reserved for one host is nobody else's, so it is not free.
 */
import type { SiteConfig, WanSubnet } from '../config/site.ts';
import type { Address } from '../net/address.ts';
import { rangeContains } from '../net/address-range.ts';
import { nthAddress, prefixFamily } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { poolOf, poolSize } from '../plan/pools.ts';
import type { Lease } from './lease.ts';

export interface PoolUsage {
  readonly wan: string;
  readonly subnet: Prefix;
  readonly size: number;
  readonly free: number;
}

/** IPv4 only: a pool of IPv6 is never used up. */
export function poolUsage(site: SiteConfig, leases: readonly Lease[]): readonly PoolUsage[] {
  const reservations = site.provision?.reservations ?? [];
  return site.wans.flatMap((wan) =>
    wan.subnets
      .filter((subnet) => prefixFamily(subnet.prefix) === 'ipv4')
      .map((subnet) => {
        const size = poolSize(subnet);
        const reserved = reservations.flatMap(
          ({ host }) => nthAddress(subnet.prefix, BigInt(host)) ?? [],
        );
        const taken = takenIn(subnet, [...leases.map(({ address }) => address), ...reserved]);
        return { wan: wan.name, subnet: subnet.prefix, size, free: size - taken };
      }),
  );
}

function takenIn(subnet: WanSubnet, addresses: readonly Address[]): number {
  const pool = poolOf(subnet);
  return new Set(addresses.filter((address) => rangeContains(pool, address))).size;
}
