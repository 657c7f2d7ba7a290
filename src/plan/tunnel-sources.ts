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

export function sourceChains(site: SiteConfig): readonly string[] {
  return site.peers.flatMap((peer) => [
    `\tchain ${sourceChain(peer.name)} {`,
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => {
      const own = lanPrefixes(site, family);
      return own.length === 0 ? [] : [`\t\t${HEADER[family]} saddr ${nftSet(own)} counter drop`];
    }),
    ...behind(peer),
    // BFD of those who speak it by IPv4 only. Both ends, since these are forwarded like any others.
    '\t\tip saddr 169.254.0.0/16 ip daddr 169.254.0.0/16 accept',
    // From any router on the way: the peer itself may have no address of its own that we know.
    `\t\ticmp type ${nftSet(ERRORS.ipv4)} accept`,
    `\t\ticmpv6 type ${nftSet(ERRORS.ipv6)} accept`,
    '\t\tcounter drop',
    '\t}',
  ]);
}

function behind(peer: Peer): readonly string[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const prefixes = peerPrefixes(peer, family);
    if (prefixes.some((prefix) => prefixLength(prefix) === 0)) {
      return [`\t\tmeta nfproto ${family} accept`];
    }
    // BFD, and whatever else the two ends say to each other.
    const all = family === 'ipv6' ? ['fe80::/10', ...prefixes] : prefixes;
    return each(all).map((prefix) => `\t\t${HEADER[family]} saddr ${prefix} accept`);
  });
}
