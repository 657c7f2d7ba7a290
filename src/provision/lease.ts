/**
 * The leases that dnsmasq has given, from the file in which it keeps them; pure.
 *
 * Always holds: a line that is not understood is skipped: the file is dnsmasq's, and hosts choose
 * what stands in its last columns.
 */
import { familyOf, parseAddress } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import { parseMacAddress } from '../net/mac-address.ts';
import type { MacAddress } from '../net/mac-address.ts';

export interface Lease {
  readonly address: Address;
  /** Wall clock, milliseconds; Infinity: for ever. */
  readonly expires: number;
  /** IPv4: the host's own word, which the firewall holds it to. IPv6: from its DUID, if it is there. */
  readonly mac: MacAddress | undefined;
  readonly name: string | undefined;
  /** Client identifier or DUID, in octets with colons; undefined: the host named none. */
  readonly client: string | undefined;
}

/** One lease per line: `expiry MAC|IAID address name client`; behind `duid …` come those of IPv6. */
export function parseLeases(text: string): readonly Lease[] {
  return text.split('\n').flatMap((line) => parseLease(line) ?? []);
}

function parseLease(line: string): Lease | undefined {
  const [expiry = '', hardware = '', text = '', name = '*', client = '*'] = line.split(' ');
  const address = parseAddress(text);
  if (address === undefined || !/^\d+$/.test(expiry)) return undefined;
  return {
    address,
    expires: expiry === '0' ? Infinity : Number(expiry) * 1000,
    mac: familyOf(address) === 'ipv4' ? parseMacAddress(hardware) : macOfDuid(client),
    name: name === '*' ? undefined : name,
    client: client === '*' ? undefined : client,
  };
}

/** DUID-LLT and DUID-LL of Ethernet (RFC 8415 sections 11.2 and 11.4) end in an Ethernet address. */
function macOfDuid(duid: string): MacAddress | undefined {
  const [, mac] =
    /^00:(?:01:00:01(?::[0-9a-f]{2}){4}|03:00:01):((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/.exec(duid) ??
    [];
  return mac === undefined ? undefined : parseMacAddress(mac);
}
