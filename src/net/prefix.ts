/**
 * IP prefixes as values: `10.10.1.0/24`, `2001:db8::/64`.
 *
 * Always holds: the bits behind the length are zero, and the text is canonical, so equality is
 * string equality.
 */
import {
  addressBits,
  addressFromInteger,
  addressToInteger,
  familyOf,
  parseInterfaceAddress,
} from './address.ts';
import type { Address, Family, InterfaceAddress } from './address.ts';

declare const prefixBrand: unique symbol;
export type Prefix = string & { readonly [prefixBrand]: true };

/** The canonical prefix, or undefined when `text` is none or has host bits set. */
export function parsePrefix(text: string): Prefix | undefined {
  const parsed = parseInterfaceAddress(text);
  if (parsed === undefined) return undefined;
  const network = prefixOf(parsed);
  return firstAddress(network) === parsed.address ? network : undefined;
}

/** A prefix known to be good, from our own code; throws on a programming error. */
export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(`not an IP prefix: ${text}`);
  return parsed;
}

/** The prefix an interface address sits in: `192.0.2.9/24` → `192.0.2.0/24`. */
export function prefixOf(value: InterfaceAddress): Prefix {
  const family = familyOf(value.address);
  const hostBits = BigInt(addressBits(family) - value.length);
  const network = (addressToInteger(value.address) >> hostBits) << hostBits;
  return `${addressFromInteger(network, family)}/${value.length}` as Prefix;
}

export function prefixLength(value: Prefix): number {
  return Number(value.slice(value.indexOf('/') + 1));
}

export function prefixFamily(value: Prefix): Family {
  return value.includes(':') ? 'ipv6' : 'ipv4';
}

/** The network address itself. */
export function firstAddress(value: Prefix): Address {
  return value.slice(0, value.indexOf('/')) as Address;
}

/** The `index`-th address counted from the network address; undefined beyond the prefix. */
export function nthAddress(value: Prefix, index: bigint): Address | undefined {
  if (index < 0n || index >= addressCount(value)) return undefined;
  return addressFromInteger(addressToInteger(firstAddress(value)) + index, prefixFamily(value));
}

export function addressCount(value: Prefix): bigint {
  return 1n << BigInt(addressBits(prefixFamily(value)) - prefixLength(value));
}

export function prefixContains(outer: Prefix, inner: Address | Prefix): boolean {
  const slash = inner.indexOf('/');
  const first = (slash < 0 ? inner : inner.slice(0, slash)) as Address;
  if (familyOf(first) !== prefixFamily(outer)) return false;
  const length = slash < 0 ? addressBits(familyOf(first)) : prefixLength(inner as Prefix);
  if (length < prefixLength(outer)) return false;
  const hostBits = BigInt(addressBits(prefixFamily(outer)) - prefixLength(outer));
  return addressToInteger(first) >> hostBits === addressToInteger(firstAddress(outer)) >> hostBits;
}

export function prefixesOverlap(one: Prefix, other: Prefix): boolean {
  return prefixContains(one, other) || prefixContains(other, one);
}
