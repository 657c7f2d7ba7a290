/**
 * Whose packets may come out of a tunnel: those of the peer and of what lies behind it, over any of
 * the paths to it, since repairs and MPTCP use them all (RFC 3704, feasible paths).
 *
 * Always holds: a source of our own LAN comes out of no tunnel; one chain per peer; what is let in is in
 * no set of ranges (see `nft-set.ts`), so nothing is lost when the table is replaced under traffic.
 */
import type { Peer, SiteConfig } from '../config/site.ts';
import { prefixLength } from '../net/prefix.ts';
import { peerPrefixes } from './forwarding.ts';
import { lanPrefixes } from './lan.ts';
import { ERRORS, HEADER } from './nft-words.ts';
import { each, nftSet } from './nft-set.ts';

/** For the hook prerouting. */
export function sourceChain(peer: string): string {
  return `from_${peer}`;
}

/** What is never let in, and what is from everybody, are said once: a hub has a thousand peers. */
const OWN = 'tunnel_spoofed';
const ANY = 'tunnel_rest';

export function sourceChains(site: SiteConfig): readonly string[] {
  if (site.peers.length === 0) return [];
  const own = (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const prefixes = lanPrefixes(site, family);
    return prefixes.length === 0
      ? []
      : [`\t\t${HEADER[family]} saddr ${nftSet(prefixes)} counter drop`];
  });
  return [
    `\tchain ${OWN} {`,
    ...own,
    '\t}',
    `\tchain ${ANY} {`,
    // BFD, and whatever else the two ends say to each other.
    '\t\tip6 saddr fe80::/10 accept',
    // BFD of those who speak it by IPv4 only. Both ends, since these are forwarded like any others.
    '\t\tip saddr 169.254.0.0/16 ip daddr 169.254.0.0/16 accept',
    // From any router on the way: the peer itself may have no address of its own that we know.
    `\t\ticmp type ${nftSet(ERRORS.ipv4)} accept`,
    `\t\ticmpv6 type ${nftSet(ERRORS.ipv6)} accept`,
    '\t\tcounter drop',
    '\t}',
    ...site.peers.flatMap((peer) => [
      `\tchain ${sourceChain(peer.name)} {`,
      `\t\tjump ${OWN}`,
      ...behind(peer),
      `\t\tgoto ${ANY}`,
      '\t}',
    ]),
  ];
}

function behind(peer: Peer): readonly string[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const prefixes = peerPrefixes(peer, family);
    if (prefixes.some((prefix) => prefixLength(prefix) === 0)) {
      return [`\t\tmeta nfproto ${family} accept`];
    }
    return each(prefixes).map((prefix) => `\t\t${HEADER[family]} saddr ${prefix} accept`);
  });
}
