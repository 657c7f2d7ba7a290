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

/** The canonical address, or undefined when `text` is not one (zones and IPv4 shorthands are refused). */
export function parseAddress(text: string): Address | undefined {
  if (text.includes('%')) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return ipaddr.IPv4.parse(text).toString() as Address;
  if (text.includes(':') && ipaddr.IPv6.isValid(text)) {
    return ipaddr.IPv6.parse(text).toRFC5952String() as Address;
  }
  return undefined;
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
  return ipaddr
    .parse(value)
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The inverse of {@link addressToInteger}; the integer must fit the family. */
export function addressFromInteger(integer: bigint, family: Family): Address {
  const count = addressBits(family) / 8;
  const bytes = Array.from({ length: count }, (_, index) =>
    Number((integer >> BigInt(8 * (count - 1 - index))) & 0xffn),
  );
  return address(
    family === 'ipv4'
      ? new ipaddr.IPv4(bytes).toString()
      : new ipaddr.IPv6(bytes).toRFC5952String(),
  );
}
