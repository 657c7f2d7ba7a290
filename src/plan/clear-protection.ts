/**
 * What never leaves by a WAN outside a tunnel, whatever policy rules and routes there are: traffic of the
 * LAN over a WAN that is not direct, what goes to a prefix of a peer, and what goes to our own LAN, which
 * came out of a tunnel.
 *
 * Always holds: policy rules, routes and the LAN's addresses alone lead these packets into the tunnels and
 * to the LAN already. This is for the seconds in which somebody else has removed them, and the main table's
 * default route would carry the packets in clear.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import { prefixFamily, prefixLength } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Family } from '../net/address.ts';
import type { Facts } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import { lanPrefixes } from './lan.ts';
import { HEADER } from './nft-words.ts';
import { each, nftSet } from './nft-set.ts';
import { networkOf, wanOutside } from './outside.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** Sets that the rules use. */
export function clearSets(site: SiteConfig): readonly string[] {
  return FAMILIES.flatMap((family) => {
    const prefixes = prefixesOfPeers(site, family);
    if (prefixes.length === 0) return [];
    return [
      `\tset ${setOf(family)} {`,
      `\t\ttype ${family}_addr`,
      // Prefixes of several peers, or of one, may lie within each other.
      '\t\tflags interval',
      '\t\tauto-merge',
      `\t\telements = ${nftSet(prefixes)}`,
      '\t}',
    ];
  });
}

/** For the hook forward. */
export function clearForward(site: SiteConfig): readonly string[] {
  const lan = interfaces(site.lan.interfaces);
  const tunnelled = site.wans.filter((wan) => !wan.direct).map((wan) => wan.interface);
  return [
    ...(tunnelled.length === 0
      ? []
      : [`\t\tiifname ${lan} oifname ${interfaces(tunnelled)} counter drop`]),
    ...toPeers(site),
    ...toLan(site),
  ];
}

/** For the hook output, after the tunnels' own packets and answers to what a WAN may ask have passed. */
export function clearOutput(site: SiteConfig, facts: Facts): readonly string[] {
  const tunnelled = site.wans.filter((wan) => !wan.direct).map((wan) => `"${wan.interface}"`);
  return [
    // The gateway's own addresses on the LAN are no source out there.
    ...(tunnelled.length === 0
      ? []
      : FAMILIES.flatMap((family) =>
          each(lanPrefixes(site, family)).map(
            (own) => `\t\toifname ${nftSet(tunnelled)} ${HEADER[family]} saddr ${own} counter drop`,
          ),
        )),
    // A peer's prefix may hold the network of a WAN, and the server of its addresses.
    `\t\toifname ${interfaces(site.wans.map((wan) => wan.interface))} udp dport { 67, 547 } accept`,
    ...site.wans.flatMap((wan) =>
      each(networksOf(site, wan, facts)).map(
        (network) =>
          `\t\toifname "${wan.interface}" ${HEADER[prefixFamily(network as Prefix)]} daddr ${network} accept`,
      ),
    ),
    ...toPeers(site),
    ...toLan(site),
  ];
}

/** Without those that the LAN keeps. */
function networksOf(site: SiteConfig, wan: Wan, facts: Facts): readonly Prefix[] {
  return wanOutside(site, wan, facts).addresses.map(networkOf);
}

function toPeers(site: SiteConfig): readonly string[] {
  const wans = interfaces(site.wans.map((wan) => wan.interface));
  return FAMILIES.filter((family) => prefixesOfPeers(site, family).length > 0).map(
    (family) => `\t\toifname ${wans} ${HEADER[family]} daddr @${setOf(family)} counter drop`,
  );
}

/** While the LAN has lost its addresses, or is down, the way to it is the default route. */
function toLan(site: SiteConfig): readonly string[] {
  const wans = interfaces(site.wans.map((wan) => wan.interface));
  return FAMILIES.flatMap((family) =>
    each(lanPrefixes(site, family)).map(
      (own) => `\t\toifname ${wans} ${HEADER[family]} daddr ${own} counter drop`,
    ),
  );
}

/** Without 0.0.0.0/0: the gateway itself asks the Internet by its WANs. */
function prefixesOfPeers(site: SiteConfig, family: Family): readonly Prefix[] {
  return site.peers
    .flatMap((peer) => peerPrefixes(peer, family))
    .filter((prefix) => prefixLength(prefix) > 0);
}

function setOf(family: Family): string {
  return `behind_peers_${family}`;
}

function interfaces(names: readonly string[]): string {
  return nftSet(names.map((name) => `"${name}"`));
}
