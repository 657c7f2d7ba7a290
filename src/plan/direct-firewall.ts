/**
 * Translation of what leaves by a direct WAN, and the connection tracking that it needs.
 *
 * Always holds: nothing else is tracked: not what goes by tunnels, nor their outsides, nor the LAN's own
 * traffic. What is forwarded to a direct WAN is translated or dropped. A connection stays on the WAN
 * where it began, whose address it has out there.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { directFamilies, directName } from './direct-path.ts';
import type { Facts } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import { directMark } from './ids.ts';
import { lanPrefixes } from './lan.ts';
import { mssClamp } from './mss-clamp.ts';
import { HEADER } from './nft-words.ts';
import { each, nftSet } from './nft-set.ts';
import type { Overrides } from './overrides.ts';

/** Multicast, broadcast and link-local, which no WAN leads to. */
const NOWHERE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['169.254.0.0/16', '224.0.0.0/4', '255.255.255.255'],
  ipv6: ['fe80::/10', 'ff00::/8'],
};

export function directChains(
  site: SiteConfig,
  facts: Facts,
  overrides: Overrides,
): readonly string[] {
  const families = directFamilies(site);
  if (families.length === 0) return [];
  const wans = directInterfaces(site);
  const lan = nftSet(site.lan.interfaces.map((name) => `"${name}"`));
  const tunnel = `udp dport ${site.tunnel.port}`;
  return [
    '\tchain tracked_in {',
    // Before connection tracking (priority -200) looks at a packet.
    '\t\ttype filter hook prerouting priority -300; policy accept;',
    `\t\tiifname ${wans} ${tunnel} notrack accept`,
    `\t\tiifname ${wans} accept`,
    ...families.flatMap((family) => {
      const header = HEADER[family];
      const away = `${header} daddr != ${nearby(site, family)}`;
      // What was missed here would be dropped below.
      return each(lanPrefixes(site, family)).map(
        (own) => `\t\tiifname ${lan} ${header} saddr ${own} ${away} accept`,
      );
    }),
    '\t\tnotrack',
    '\t}',
    '\tchain tracked_out {',
    '\t\ttype filter hook output priority -300; policy accept;',
    `\t\toifname ${wans} ${tunnel} notrack accept`,
    // What the gateway itself sends: so that no host is given a port that the gateway uses.
    `\t\toifname ${wans} accept`,
    '\t\tnotrack',
    '\t}',
    '\tchain pinned {',
    '\t\ttype filter hook prerouting priority -145; policy accept;',
    ...families.flatMap((family) => pins(site, family, lan, overrides)),
    '\t}',
    '\tchain translated {',
    '\t\ttype filter hook forward priority -145; policy accept;',
    // Other sources than the LAN's, for which nobody out there has an answer.
    `\t\toifname ${wans} ct state { invalid, untracked } counter drop`,
    ...directWans(site).flatMap(({ wan, mark }) => [
      `\t\toifname "${wan.interface}" ct state new ct mark set ${mark}`,
      ...clamp(wan, facts),
    ]),
    '\t}',
    '\tchain translation {',
    '\t\ttype nat hook postrouting priority 100; policy accept;',
    ...families.flatMap((family) =>
      each(lanPrefixes(site, family)).map(
        (own) => `\t\toifname ${wans} ${HEADER[family]} saddr ${own} masquerade`,
      ),
    ),
    '\t}',
  ];
}

/** For the hook forward: replies to connections that hosts began. */
export function directReplies(site: SiteConfig, lan: string): readonly string[] {
  if (directFamilies(site).length === 0) return [];
  return [
    `\t\tiifname ${directInterfaces(site)} oifname ${lan} ct state { established, related } accept`,
  ];
}

/**
 * With its mark a packet is routed by the WAN's own table. Out of a WAN that is down: TCP that was
 * answered stays, for it would be no more than a stray segment elsewhere, and goes on when the WAN is
 * back. What has no connection begins anew: the kernel forgets the translation when the interface
 * changes, at the price of that one packet.
 */
function pins(
  site: SiteConfig,
  family: Family,
  lan: string,
  overrides: Overrides,
): readonly string[] {
  const isDown = ({ wan }: DirectWan): boolean => overrides.directDown.has(directName(wan, family));
  const wans = directWans(site);
  const packet = `\t\tiifname ${lan} meta nfproto ${family} ct direction original ct mark`;
  const live = wans.filter((one) => !isDown(one)).map(({ mark }) => mark);
  const down = wans.filter(isDown).map(({ mark }) => mark);
  return [
    ...(live.length === 0 ? [] : [`${packet} ${nftSet(live)} meta mark set ct mark`]),
    ...(down.length === 0
      ? []
      : [`${packet} ${nftSet(down)} meta l4proto tcp ct status seen-reply meta mark set ct mark`]),
  ];
}

interface DirectWan {
  readonly wan: Wan;
  /** As nftables prints it. */
  readonly mark: string;
}

function directWans(site: SiteConfig): readonly DirectWan[] {
  return [...site.wans.entries()]
    .filter(([, wan]) => wan.direct)
    .map(([index, wan]) => ({ wan, mark: directMark(index) }));
}

function directInterfaces(site: SiteConfig): string {
  return nftSet(directWans(site).map(({ wan }) => `"${wan.interface}"`));
}

/** A connection stays on its WAN, so it is the WAN's own MTU that counts. */
function clamp(wan: Wan, facts: Facts): readonly string[] {
  const mtu = facts.interfaces.get(wan.interface)?.mtu;
  return mtu === undefined ? [] : mssClamp(`"${wan.interface}"`, mtu);
}

/** What never leaves by a direct WAN; no two of one set overlap, or nftables refuses it. */
function nearby(site: SiteConfig, family: Family): string {
  const prefixes = [
    ...lanPrefixes(site, family),
    ...site.peers.flatMap((peer) => peerPrefixes(peer, family)),
  ];
  const isInside = (inner: Prefix): boolean =>
    prefixes.some((outer) => outer !== inner && prefixContains(outer, inner));
  return nftSet([...prefixes.filter((each) => !isInside(each)), ...NOWHERE[family]]);
}
