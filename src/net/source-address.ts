/**
 * How well an address of ours fits as the source of packets to another, by RFC 6724 section 5.
 *
 * Always holds: pure; for IPv4 the rules are those of the mapped addresses.
 */
import { addressBits, addressToInteger, familyOf } from './address.ts';
import type { Address } from './address.ts';
import { prefix, prefixContains } from './prefix.ts';

/** RFC 6724 section 2.1, the longest first; IPv4 has one label of its own. */
const LABELS = [
  [prefix('::1/128'), 0],
  [prefix('::ffff:0:0/96'), 4],
  [prefix('::/96'), 3],
  [prefix('2001::/32'), 5],
  [prefix('2002::/16'), 2],
  [prefix('3ffe::/16'), 12],
  [prefix('fec0::/10'), 11],
  [prefix('fc00::/7'), 13],
  [prefix('::/0'), 1],
] as const;

const UNIQUE_LOCAL = prefix('fc00::/7');

export function addressLabel(address: Address): number {
  if (familyOf(address) === 'ipv4') return 4;
  return LABELS.find(([network]) => prefixContains(network, address))?.[1] ?? 1;
}

/** RFC 4193: of a site; nobody beyond it can answer. */
export function isUniqueLocal(address: Address): boolean {
  return prefixContains(UNIQUE_LOCAL, address);
}

/** How many leading bits two addresses of one family share. */
export function commonPrefixLength(one: Address, other: Address): number {
  const bits = addressBits(familyOf(one));
  const difference = addressToInteger(one) ^ addressToInteger(other);
  return difference === 0n ? bits : bits - difference.toString(2).length;
}

/** An order of addresses that depends on nothing but themselves: IPv4 first, then by number. */
export function byAddress(one: Address, other: Address): number {
  const [left, right] = [familyOf(one), familyOf(other)];
  if (left !== right) return left < right ? -1 : 1;
  const difference = addressToInteger(one) - addressToInteger(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
