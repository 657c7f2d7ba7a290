/** Addresses that mean something special everywhere (RFC 6890), so that no site may use them as its own. */
import { addressBits, familyOf } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import { prefix, prefixContains, prefixesOverlap } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';

const RESERVED: readonly { readonly prefix: Prefix; readonly what: string }[] = [
  { prefix: prefix('0.0.0.0/8'), what: 'the unspecified network 0.0.0.0/8' },
  { prefix: prefix('127.0.0.0/8'), what: 'the loopback network 127.0.0.0/8' },
  { prefix: prefix('169.254.0.0/16'), what: 'the link-local network 169.254.0.0/16' },
  { prefix: prefix('224.0.0.0/4'), what: 'the multicast range 224.0.0.0/4' },
  { prefix: prefix('240.0.0.0/4'), what: 'the reserved range 240.0.0.0/4' },
  { prefix: prefix('::/128'), what: 'the unspecified address' },
  { prefix: prefix('::1/128'), what: 'the loopback address' },
  { prefix: prefix('::ffff:0:0/96'), what: 'the IPv4-mapped range ::ffff:0:0/96' },
  { prefix: prefix('fe80::/10'), what: 'the link-local range fe80::/10' },
  { prefix: prefix('ff00::/8'), what: 'the multicast range ff00::/8' },
];

const LINK_LOCAL_6 = prefix('fe80::/10');

/** `is in the multicast range …`, or undefined for an ordinary unicast address. */
export function reservedFor(address: Address): string | undefined {
  const host = `${address}/${addressBits(familyOf(address))}` as Prefix;
  const found = RESERVED.find((each) => prefixContains(each.prefix, host));
  return found && (found.prefix === host ? `is ${found.what}` : `is in ${found.what}`);
}

/** What part of the prefix is reserved; for a prefix that is to be numbered. */
export function reservedWithin(value: Prefix): string | undefined {
  return RESERVED.find((each) => prefixesOverlap(each.prefix, value))?.what;
}

/** What the whole prefix is reserved for; a default route or supernet only contains such. */
export function reservedWhole(value: Prefix): string | undefined {
  return RESERVED.find((each) => prefixContains(each.prefix, value))?.what;
}

export function isLinkLocal6(address: Address): boolean {
  return prefixContains(LINK_LOCAL_6, address);
}
