/**
 * A range of addresses, both ends included: `10.10.1.100-10.10.1.199`.
 *
 * Always holds: both ends are of one family, and the first is not after the last.
 */
import { addressToInteger, familyOf, parseAddress } from './address.ts';
import type { Address } from './address.ts';

export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

export function parseAddressRange(text: string): AddressRange | undefined {
  const [, from = '', to = ''] = /^([^-]+)-([^-]+)$/.exec(text) ?? [];
  const first = parseAddress(from.trim());
  const last = parseAddress(to.trim());
  if (first === undefined || last === undefined || familyOf(first) !== familyOf(last)) {
    return undefined;
  }
  return addressToInteger(first) <= addressToInteger(last) ? { first, last } : undefined;
}

export function formatAddressRange({ first, last }: AddressRange): string {
  return `${first}-${last}`;
}

export function rangeContains({ first, last }: AddressRange, address: Address): boolean {
  if (familyOf(address) !== familyOf(first)) return false;
  const place = addressToInteger(address);
  return place >= addressToInteger(first) && place <= addressToInteger(last);
}

export function rangeSize({ first, last }: AddressRange): bigint {
  return addressToInteger(last) - addressToInteger(first) + 1n;
}
