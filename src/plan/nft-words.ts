/** What nftables calls things that differ from family to family. */
import type { Family } from '../net/address.ts';

/** The header. */
export const HEADER: Readonly<Record<Family, string>> = { ipv4: 'ip', ipv6: 'ip6' };

/** ICMP that tells of a packet, and is never answered (RFC 792, RFC 4443 section 3). */
export const ERRORS: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['destination-unreachable', 'time-exceeded', 'parameter-problem'],
  ipv6: ['destination-unreachable', 'packet-too-big', 'time-exceeded', 'parameter-problem'],
};
