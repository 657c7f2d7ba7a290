/** Addresses that mean something special everywhere (RFC 6890), so that no site may use them as its own. */
import { addressBits, addressToInteger, familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { addressCount, firstAddress, prefix, prefixFamily } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';

interface Range {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const RESERVED = [
  reserve('0.0.0.0/8', 'the unspecified network 0.0.0.0/8'),
  reserve('127.0.0.0/8', 'the loopback network 127.0.0.0/8'),
  reserve('169.254.0.0/16', 'the link-local network 169.254.0.0/16'),
  reserve('224.0.0.0/4', 'the multicast range 224.0.0.0/4'),
  reserve('240.0.0.0/4', 'the reserved range 240.0.0.0/4'),
  reserve('::/128', 'the unspecified address'),
  reserve('::1/128', 'the loopback address'),
  reserve('::ffff:0:0/96', 'the IPv4-mapped range ::ffff:0:0/96'),
  reserve('fe80::/10', 'the link-local range fe80::/10'),
  reserve('ff00::/8', 'the multicast range ff00::/8'),
];

/** RFC 1918 and RFC 4193: the same ones are in use in many places. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map((each) =>
  rangeOf(prefix(each)),
);

const LINK_LOCAL_6 = rangeOf(prefix('fe80::/10'));

/** `is in the multicast range …`, or undefined for an ordinary unicast address. */
export function reservedFor(address: Address): string | undefined {
  const host = rangeOf(`${address}/${addressBits(familyOf(address))}` as Prefix);
  const found = RESERVED.find((each) => contains(each, host));
  return found && (found.first === found.last ? `is ${found.what}` : `is in ${found.what}`);
}

/** What part of the prefix is reserved; for a prefix that is to be numbered. */
export function reservedWithin(value: Prefix): string | undefined {
  const range = rangeOf(value);
  return RESERVED.find((each) => contains(each, range) || contains(range, each))?.what;
}

/** What the whole prefix is reserved for; a default route or supernet only contains such. */
export function reservedWhole(value: Prefix): string | undefined {
  const range = rangeOf(value);
  return RESERVED.find((each) => contains(each, range))?.what;
}

export function isPrivate(address: Address): boolean {
  const host = rangeOf(`${address}/${addressBits(familyOf(address))}` as Prefix);
  return PRIVATE.some((each) => contains(each, host));
}

export function isLinkLocal6(address: Address): boolean {
  return (
    familyOf(address) === 'ipv6' && contains(LINK_LOCAL_6, rangeOf(`${address}/128` as Prefix))
  );
}

function reserve(text: string, what: string): Range & { readonly what: string } {
  return { ...rangeOf(prefix(text)), what };
}

function rangeOf(value: Prefix): Range {
  const first = addressToInteger(firstAddress(value));
  return { family: prefixFamily(value), first, last: first + addressCount(value) - 1n };
}

function contains(outer: Range, inner: Range): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}
