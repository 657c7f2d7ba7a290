/**
 * IP addresses and interface addresses as values.
 *
 * Always holds: an `Address` is canonical text (RFC 5952 for IPv6), so two addresses are equal
 * exactly when their strings are equal. Parsing is the only way in from untrusted text.
 */
import ipaddr from 'ipaddr.js';

export type Family = 'ipv4' | 'ipv6';

declare const addressBrand: unique symbol;
export type Address = string & { readonly [addressBrand]: true };

/** An address with the length of the prefix it sits in, as `ip address add` takes it. */
export interface InterfaceAddress {
  readonly address: Address;
  readonly length: number;
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
/** Asked for so often that the library, which answers by an exception, is not. */
const FOUR_DECIMALS = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** The canonical address, or undefined when `text` is not one (zones and IPv4 shorthands are refused). */
export function parseAddress(text: string): Address | undefined {
  if (text.includes('%')) return undefined;
  // Four decimal numbers without leading zeros are canonical already.
  if (FOUR_DECIMALS.test(text)) return text as Address;
  if (!text.includes(':')) return undefined;
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const groups = withoutDots(text);
  if (!ipaddr.IPv6.isValid(groups)) return undefined;
  const parsed = ipaddr.IPv6.parse(groups).toRFC5952String() as Address;
  if (canonical.size >= MOST_KNOWN) canonical.clear();
  canonical.set(text, parsed);
  return parsed;
}

/** A hub reads the same thousands of addresses from the kernel again and again. */
const canonical = new Map<string, Address>();
const MOST_KNOWN = 16_384;

/** `::1.2.3.4` as `::102:304`, which it is (RFC 4291); ipaddr.js would take it for `::ffff:102:304`. */
function withoutDots(text: string): string {
  const [, groups, dotted] = /^(.*:)([\d.]+)$/.exec(text) ?? [];
  if (groups === undefined || dotted === undefined || !dotted.includes('.')) return text;
  if (!FOUR_DECIMALS.test(dotted)) return '';
  const [a, b, c, d] = ipaddr.IPv4.parse(dotted).octets as [number, number, number, number];
  return `${groups}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** An address known to be good, from our own code; throws on a programming error. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new TypeError(`not an IP address: ${text}`);
  return parsed;
}

export function familyOf(value: Address): Family {
  return value.includes(':') ? 'ipv6' : 'ipv4';
}

/** Parses `192.0.2.1/24` or `2001:db8::1/64`; undefined when the length is missing or out of range. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const parsed = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (parsed === undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  if (Number(length) > addressBits(familyOf(parsed))) return undefined;
  return { address: parsed, length: Number(length) };
}

export function formatInterfaceAddress(value: InterfaceAddress): string {
  return `${value.address}/${value.length}`;
}

export function addressBits(family: Family): 32 | 128 {
  return family === 'ipv4' ? 32 : 128;
}

/** The address as an integer, for comparing and counting. */
export function addressToInteger(value: Address): bigint {
  if (!value.includes(':')) {
    return BigInt(value.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0));
  }
  // Canonical text has no IPv4 tail, and `::` at most once.
  const [head = '', tail] = value.split('::');
  const groups = (part: string): string => part.replace(/[^:]+:?/g, padGroup);
  const [before, after] = [groups(head), groups(tail ?? '')];
  return BigInt(`0x${before}${'0'.repeat(32 - before.length - after.length)}${after}`);
}

function padGroup(group: string): string {
  return group.replace(':', '').padStart(4, '0');
}

/** The inverse of {@link addressToInteger}; the integer must fit the family. */
export function addressFromInteger(integer: bigint, family: Family): Address {
  const count = addressBits(family) / 8;
  const bytes = Array.from({ length: count }, (_, index) =>
    Number((integer >> BigInt(8 * (count - 1 - index))) & 0xffn),
  );
  // Formatting for IPv4 is so simple, and so frequent, that the library is not asked.
  const text = family === 'ipv4' ? bytes.join('.') : new ipaddr.IPv6(bytes).toRFC5952String();
  return text as Address;
}
