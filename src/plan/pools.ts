/**
 * Which addresses of a subnet are handed out to whoever asks.
 *
 * Always holds: the gateway's own address may lie in a pool, but is never given away; the addresses
 * below a default pool are left for what is configured by hand.
 */
import type { WanSubnet } from '../config/site.ts';
import type { Address } from '../net/address.ts';
import { rangeContains, rangeSize } from '../net/address-range.ts';
import type { AddressRange } from '../net/address-range.ts';
import { addressCount, nthAddress } from '../net/prefix.ts';

/** A default pool begins here, … */
const FIRST_HOST = 10n;
/** … unless the subnet has fewer addresses than this. */
const ROOMY = 32n;

/** The pool of an IPv4 subnet: as the file has it, else from the tenth host address to the last. */
export function poolOf({ prefix, pool }: WanSubnet): AddressRange {
  if (pool !== undefined) return pool;
  const count = addressCount(prefix);
  return {
    first: sure(nthAddress(prefix, count < ROOMY ? 1n : FIRST_HOST)),
    // The last address is the broadcast address.
    last: sure(nthAddress(prefix, count - 2n)),
  };
}

/** How many hosts a pool serves. */
export function poolSize(subnet: WanSubnet): number {
  const pool = poolOf(subnet);
  return Number(rangeSize(pool)) - (rangeContains(pool, subnet.gateway) ? 1 : 0);
}

function sure(address: Address | undefined): Address {
  if (address === undefined) throw new TypeError('a subnet without room for hosts');
  return address;
}
