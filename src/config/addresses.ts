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
import { faultOfAddress, faultOfPair } from './address-faults.ts';
import { fault, quoted, textKind } from './kind.ts';
import type { Fault } from './kind.ts';
import { isLinkLocal6, reservedFor, reservedWhole, reservedWithin } from './reserved.ts';

function readUnicast(text: string, example: string, cure: string): Result<Address, Fault> {
  const parsed = parseAddress(text);
  if (parsed === undefined) return err(faultOfAddress(text, example));
  const reserved = reservedFor(parsed);
  return reserved === undefined ? ok(parsed) : fault(`${parsed} ${reserved}`, cure);
}

/** An address a neighbour can send to. */
export const UNICAST = textKind<Address>({
  what: 'an IP address',
  example: '203.0.113.1',
  readText: (text) => readUnicast(text, '203.0.113.1', 'use an address that other sites can reach'),
});

/** As {@link UNICAST}; also `fe80::1`, the usual next hop of IPv6. */
export const NEXT_HOP = textKind<Address>({
  what: 'the IP address of a next hop',
  example: '192.0.2.1',
  readText(text) {
    const parsed = parseAddress(text);
    if (parsed !== undefined && isLinkLocal6(parsed)) return ok(parsed);
    return readUnicast(text, '192.0.2.1', 'use the address of the router of this WAN');
  },
});

export const INTERFACE_ADDRESS = textKind<InterfaceAddress>({
  what: 'an address with its prefix length',
  example: '192.0.2.2/30',
  readText(text) {
    const parsed = parseInterfaceAddress(text);
    if (parsed === undefined)
      return err(faultOfPair(text, 'an address with its prefix length', '192.0.2.2/30'));
    const reserved = reservedFor(parsed.address);
    if (reserved !== undefined) {
      return fault(`${parsed.address} ${reserved}`, 'use an ordinary unicast address');
    }
    const problem = notAHost(parsed.address, prefixOf(parsed));
    return problem === undefined ? ok(parsed) : err(problem);
  },
});

/** The network and broadcast addresses of IPv4, and the routers' anycast address of IPv6, name no host. */
export function notAHost(address: Address, network: Prefix): Fault | undefined {
  const four = familyOf(address) === 'ipv4';
  const length = prefixLength(network);
  if (length >= addressBits(familyOf(address)) - 1) return undefined;
  const cure = `use the address of a host in it, such as ${String(nthAddress(network, 1n))}`;
  if (address === firstAddress(network)) {
    const message = four
      ? `${address} is the network address of ${network}, not a host`
      : `${address} is the address of every router in ${network} (RFC 4291), not of one`;
    return { message, cure };
  }
  if (four && address === nthAddress(network, addressCount(network) - 1n)) {
    return { message: `${address} is the broadcast address of ${network}, not a host`, cure };
  }
  return undefined;
}

function readPrefix(text: string, what: string, example: string): Result<Prefix, Fault> {
  const parsed = parsePrefix(text);
  if (parsed !== undefined) return ok(parsed);
  const pair = parseInterfaceAddress(text);
  if (pair !== undefined) {
    return fault(
      `${quoted(text)} is an address inside a network, not the network`,
      `write ${quoted(prefixOf(pair))}`,
    );
  }
  return err(faultOfPair(text, what, example));
}

/** A LAN with hosts in it. */
export const SUBNET = textKind<Prefix>({
  what: 'a subnet',
  example: '10.10.1.0/24',
  readText(text) {
    const parsed = readPrefix(text, 'a subnet', '10.10.1.0/24');
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

/** `0.0.0.0/0` and `::/0` are everything. */
function readRouted(text: string, example: string, cure: string): Result<Prefix, Fault> {
  const parsed = readPrefix(text, 'a prefix', example);
  if (!parsed.ok || prefixLength(parsed.value) === 0) return parsed;
  const reserved = reservedWhole(parsed.value);
  if (reserved === undefined) return parsed;
  return fault(`${parsed.value} lies in ${reserved}, which is not routed`, cure);
}

/** Where routes lead. */
export const DESTINATION = textKind<Prefix>({
  what: 'a prefix',
  example: '10.20.0.0/16',
  readText: (text) => readRouted(text, '10.20.0.0/16', 'name a unicast prefix behind the peer'),
});

/** Where packets come from. */
export const ORIGIN = textKind<Prefix>({
  what: 'a prefix',
  example: '198.51.100.0/24',
  readText(text) {
    const alone = parseAddress(text);
    if (alone === undefined) {
      return readRouted(text, '198.51.100.0/24', 'name the network that you come from');
    }
    const whole = `${alone}/${addressBits(familyOf(alone))}`;
    return fault(`${quoted(text)} lacks its prefix length`, `write \`${whole}\` for one address`);
  },
});
