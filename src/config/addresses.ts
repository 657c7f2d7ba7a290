/**
 * Addresses, subnets and prefixes as a site file has them.
 *
 * Always holds: an address read here is one a host can have, a subnet has room for two hosts.
 */
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import { addressBits, familyOf, parseAddress, parseInterfaceAddress } from '../net/address.ts';
import type { Address, InterfaceAddress } from '../net/address.ts';
import {
  addressCount,
  firstAddress,
  nthAddress,
  parsePrefix,
  prefixLength,
  prefixOf,
} from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { fault, quoted, textKind } from './kind.ts';
import type { Fault } from './kind.ts';
import { isLinkLocal6, reservedFor, reservedWhole, reservedWithin } from './reserved.ts';

function readAddress(text: string, example: string): Result<Address, Fault> {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return ok(parsed);
  const slash = text.indexOf('/');
  if (slash > 0 && parseAddress(text.slice(0, slash)) !== undefined) {
    return fault(
      `${quoted(text)} has a prefix length, which does not belong here`,
      `write ${quoted(text.slice(0, slash))}`,
    );
  }
  return fault(`${quoted(text)} is not an IP address`, cureForAddress(text, example));
}

function cureForAddress(text: string, example: string): string {
  const bare = /^\[?(.*?)\]?(?::\d+)?$/.exec(text)?.[1] ?? '';
  if (parseAddress(bare) !== undefined) return `write ${quoted(bare)}`;
  if (text.includes('%'))
    return `leave out the zone after \`%\`, the interface is known: ${quoted(text.split('%', 1)[0] ?? '')}`;
  if (/^\d+(\.\d+){3}$/.test(text)) {
    return text.split('.').some((part) => Number(part) > 255)
      ? 'each of the four numbers is at most 255'
      : 'write the numbers without leading zeros';
  }
  if (/^[\d.]+$/.test(text)) return `an IPv4 address is four numbers, such as ${example}`;
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text) && /[g-z]/i.test(text)) {
    return `names are not looked up: write the address, such as ${example}`;
  }
  return `write an address such as ${example} or 2001:db8::1`;
}

function readUnicast(text: string, cure: string): Result<Address, Fault> {
  const parsed = readAddress(text, '203.0.113.1');
  if (!parsed.ok) return parsed;
  const reserved = reservedFor(parsed.value);
  return reserved === undefined ? parsed : fault(`${parsed.value} belongs to ${reserved}`, cure);
}

/** An address a neighbour can send to. */
export const UNICAST = textKind<Address>({
  what: 'an IP address',
  example: '203.0.113.1',
  readText: (text) => readUnicast(text, 'use the unicast address of the machine'),
});

/** As {@link UNICAST}; also `fe80::1`, the usual next hop of IPv6. */
export const NEXT_HOP = textKind<Address>({
  what: 'the IP address of a next hop',
  example: '192.0.2.1',
  readText(text) {
    const parsed = parseAddress(text);
    if (parsed !== undefined && isLinkLocal6(parsed)) return ok(parsed);
    return readUnicast(text, 'use the address of the router of this WAN');
  },
});

export const INTERFACE_ADDRESS = textKind<InterfaceAddress>({
  what: 'an address with its prefix length',
  example: '192.0.2.2/30',
  readText(text) {
    const parsed = parseInterfaceAddress(text);
    if (parsed === undefined) return faultOfPair(text, '192.0.2.2/30');
    const reserved = reservedFor(parsed.address);
    if (reserved !== undefined) {
      return fault(`${parsed.address} belongs to ${reserved}`, 'use a unicast address');
    }
    const problem = notAHost(parsed.address, prefixOf(parsed));
    return problem === undefined ? ok(parsed) : err(problem);
  },
});

/** `text` should be `address/length`, and is not. */
function faultOfPair(text: string, example: string): Result<never, Fault> {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash);
  const parsed = readAddress(base, example.split('/', 1)[0] ?? example);
  if (!parsed.ok) {
    return fault(
      `${quoted(text)} is not an address with its prefix length`,
      cureForAddress(base, example),
    );
  }
  const bits = addressBits(familyOf(parsed.value));
  if (slash < 0) {
    return fault(
      `${quoted(text)} lacks its prefix length`,
      `add it: ${quoted(`${text}/${bits === 32 ? 24 : 64}`)}, if that is its size`,
    );
  }
  const length = lengthOfMask(text.slice(slash + 1));
  return length === undefined || bits === 128
    ? fault(
        `${quoted(text.slice(slash))} is not a prefix length`,
        `use a whole number from 0 to ${bits}, as in ${example}`,
      )
    : fault(
        `${quoted(text.slice(slash + 1))} is a netmask`,
        `write its length: ${quoted(`${base}/${length}`)}`,
      );
}

/** `255.255.255.0` → 24. */
function lengthOfMask(mask: string): number | undefined {
  const parsed = parseAddress(mask);
  if (parsed === undefined || parsed.includes(':')) return undefined;
  const bits = parsed
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

/** The network and broadcast addresses of IPv4, and the routers' anycast address of IPv6, name no host. */
export function notAHost(address: Address, network: Prefix): Fault | undefined {
  const four = familyOf(address) === 'ipv4';
  const length = prefixLength(network);
  if (length >= addressBits(familyOf(address)) - 1) return undefined;
  const cure = `use an address between them, such as ${String(nthAddress(network, 1n))}`;
  if (address === firstAddress(network)) {
    const message = four
      ? `${address} is the network address of ${network}, not a host`
      : `${address} is the address of every router in ${network} (RFC 4291), not of one`;
    return {
      message,
      cure: four ? cure : `use another one, such as ${String(nthAddress(network, 1n))}`,
    };
  }
  if (four && address === nthAddress(network, addressCount(network) - 1n)) {
    return { message: `${address} is the broadcast address of ${network}, not a host`, cure };
  }
  return undefined;
}

function readPrefix(text: string, example: string): Result<Prefix, Fault> {
  const parsed = parsePrefix(text);
  if (parsed !== undefined) return ok(parsed);
  const pair = parseInterfaceAddress(text);
  if (pair !== undefined) {
    return fault(
      `${quoted(text)} is an address inside a network, not the network`,
      `write ${quoted(prefixOf(pair))}`,
    );
  }
  return faultOfPair(text, example);
}

/** A LAN with hosts in it. */
export const SUBNET = textKind<Prefix>({
  what: 'a subnet',
  example: '10.10.1.0/24',
  readText(text) {
    const parsed = readPrefix(text, '10.10.1.0/24');
    if (!parsed.ok) return parsed;
    const subnet = parsed.value;
    const reserved = reservedWithin(subnet);
    if (reserved !== undefined) {
      return fault(
        `${subnet} contains addresses of ${reserved}`,
        'use a private network, such as 10.10.1.0/24',
      );
    }
    const four = !subnet.includes(':');
    if (prefixLength(subnet) > (four ? 30 : 126)) {
      return fault(
        `${subnet} is too small: it has no room for the gateway and a host`,
        four ? 'use /30 or larger; /24 is usual' : 'use /64, or at least /126',
      );
    }
    return parsed;
  },
});

/** Where routes lead; `0.0.0.0/0` and `::/0` are everything. */
export const DESTINATION = textKind<Prefix>({
  what: 'a prefix',
  example: '10.20.0.0/16',
  readText(text) {
    const parsed = readPrefix(text, '10.20.0.0/16');
    if (!parsed.ok || prefixLength(parsed.value) === 0) return parsed;
    const reserved = reservedWhole(parsed.value);
    if (reserved === undefined) return parsed;
    return fault(
      `${parsed.value} lies in ${reserved}, which is not routed`,
      'name a unicast prefix behind the peer',
    );
  },
});
