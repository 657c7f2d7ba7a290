/**
 * Who got a lease by another host's identifier; pure.
 *
 * A server finds a lease by its client identifier, which every station of the LAN has seen. Some
 * identifiers say whose they are: a plain Ethernet address (RFC 2132 section 9.14), and that of the
 * host script, an index with a DUID-LL. A DUID made in another way may come from another interface
 * of the same host, so it proves nothing.
 */
import { macvlanAddress, parseMacAddress } from '../net/mac-address.ts';
import type { MacAddress } from '../net/mac-address.ts';
import type { Lease } from './lease.ts';

const PLAIN = /^01:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/;
const INDEXED = /^ff:00:00:00:0([2-8]):00:03:00:01:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/;

export interface Impostor {
  readonly mac: MacAddress;
  readonly lease: Lease;
  /** Whose identifier it used. */
  readonly owner: MacAddress;
}

export function impostors(leases: readonly Lease[]): readonly Impostor[] {
  return leases.flatMap((lease) => {
    const { mac, client = '' } = lease;
    const [, plain] = PLAIN.exec(client) ?? [];
    const [, index = '', indexed] = INDEXED.exec(client) ?? [];
    const owner = parseMacAddress(plain ?? indexed ?? '');
    if (mac === undefined || owner === undefined || mac === owner) return [];
    if (indexed !== undefined && mac === macvlanAddress(owner, Number(index))) return [];
    return [{ mac, lease, owner }];
  });
}
