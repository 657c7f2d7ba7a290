/**
 * Translation of what leaves by a direct WAN, and the connection tracking that it needs.
 *
 * Always holds: what goes by tunnels is not tracked, nor their outsides, nor the LAN's own traffic; what is
 * none of ours is left to those whose it is. What is forwarded to a direct WAN is translated or dropped. A connection stays on the WAN
 * where it began, whose address it has out there.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { directFamilies, directName } from './direct-path.ts';
import type { Facts } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import { BFD_PORT, directMark } from './ids.ts';
import { lanPrefixes } from './lan.ts';
import { elsewhere } from './main-table.ts';
import { mssClamp } from './mss-clamp.ts';
import { HEADER } from './nft-words.ts';
import { each, nftSet } from './nft-set.ts';
import type { Overrides } from './overrides.ts';
import type { PathPlan } from './path.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** Multicast, broadcast and link-local, which no WAN leads to. */
const NOWHERE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['169.254.0.0/16', '224.0.0.0/4', '255.255.255.255'],
  ipv6: ['fe80::/10', 'ff00::/8'],
};

export function directChains(
  site: SiteConfig,
  paths: readonly PathPlan[],
  facts: Facts,
  overrides: Overrides,
): readonly string[] {
  const families = directFamilies(site);
  if (families.length === 0) return [];
  const wans = directInterfaces(site);
  const lan = nftSet(site.lan.interfaces.map((name) => `"${name}"`));
  return [
    ...untracked(site, paths, facts),
    '\tchain pinned {',
    '\t\ttype filter hook prerouting priority -145; policy accept;',
    ...families.flatMap((family) => pins(site, family, overrides)),
    '\t}',
    '\tchain translated {',
    '\t\ttype filter hook forward priority -145; policy accept;',
    `\t\toifname ${wans} ct state { invalid, untracked } counter drop`,
    ...directWans(site).flatMap(({ wan, mark }) => [
      `\t\toifname "${wan.interface}" ct state new ct mark set ${mark}`,
      // To a port that somebody else publishes here, for a container, say: its answers have the address
      // of this WAN.
      `\t\tiifname "${wan.interface}" ct state new ct status dnat ct mark 0x0 ct mark set ${mark}`,
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
    // What is behind a router on the LAN.
    `\t\tiifname ${lan} oifname ${wans} masquerade`,
    '\t}',
    '\tchain untranslated {',
    // Behind the translation, ours and that of others. DHCP and duplicate address detection have none.
    '\t\ttype filter hook postrouting priority 110; policy accept;',
    `\t\toifname != ${wans} accept`,
    '\t\tip saddr 0.0.0.0 accept',
    '\t\tip6 saddr :: accept',
    '\t\tfib saddr type local accept',
    // A link-local address is ours on its link only.
    '\t\tfib saddr . oif type local accept',
    // Other sources than ours, for which nobody out there has an answer.
    '\t\tcounter drop',
    '\t}',
  ];
}

/**
 * No tracking for what is ours: tunnels, BFD, and what goes from the LAN to a peer and back. Everything
 * else is tracked as on any machine, or translations that others make (the published port of a
 * container, its way out) would not work beside us.
 */
function untracked(site: SiteConfig, paths: readonly PathPlan[], facts: Facts): readonly string[] {
  const families = directFamilies(site);
  const wans = directInterfaces(site);
  const lan = nftSet(site.lan.interfaces.map((name) => `"${name}"`));
  const outside = `udp dport ${site.tunnel.port}`;
  const tunnels = nftSet(paths.map((path) => `"${path.device}"`));
  const ours = paths.length === 0 ? [] : [`udp dport ${BFD_PORT}`, ...proxied(site)];
  return [
    '\tchain tracked_in {',
    // Before connection tracking (priority -200) looks at a packet.
    '\t\ttype filter hook prerouting priority -300; policy accept;',
    `\t\tiifname ${wans} ${outside} notrack accept`,
    `\t\tiifname ${wans} accept`,
    ...(paths.length === 0
      ? []
      : [
          ...ours.map((what) => `\t\tiifname ${tunnels} ${what} notrack accept`),
          ...FAMILIES.flatMap((family) => toOthers(site, family, tunnels, facts)),
          // To this machine itself: a port that somebody publishes here, or a service.
          `\t\tiifname ${tunnels} fib daddr type != local notrack accept`,
          `\t\tiifname ${tunnels} accept`,
        ]),
    ...families.flatMap((family) => {
      const header = HEADER[family];
      const own = nftSet(lanPrefixes(site, family));
      return [
        ...toOthers(site, family, lan, facts),
        `\t\tiifname ${lan} ${header} daddr ${own} fib daddr type local accept`,
        `\t\tiifname ${lan} ${header} daddr ${nearby(site, family)} notrack accept`,
      ];
    }),
    '\t}',
    '\tchain tracked_out {',
    '\t\ttype filter hook output priority -300; policy accept;',
    // The rest of what the gateway sends: so that no host is given a port that the gateway uses.
    `\t\toifname ${wans} ${outside} notrack accept`,
    ...ours.map((what) => `\t\toifname ${tunnels} ${what} notrack accept`),
    // What the proxy says in a server's or a client's name.
    ...(site.proxy === undefined ? [] : [`\t\toifname ${lan} fib saddr type != local notrack`]),
    '\t}',
  ];
}

/** Between proxies. */
function proxied({ proxy }: SiteConfig): readonly string[] {
  return proxy === undefined ? [] : [`tcp dport ${proxy.port}`, `tcp sport ${proxy.port}`];
}

/** To a network of this machine that is neither a WAN's nor on the LAN: those who have it may translate. */
function toOthers(site: SiteConfig, family: Family, from: string, facts: Facts): readonly string[] {
  const all = elsewhere(site, family, facts, site.lan.interfaces);
  const networks = all.filter(
    (one) => !all.some((other) => other !== one && prefixContains(other, one)),
  );
  if (networks.length === 0) return [];
  return [`\t\tiifname ${from} ${HEADER[family]} daddr ${nftSet(networks)} accept`];
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
function pins(site: SiteConfig, family: Family, overrides: Overrides): readonly string[] {
  const isDown = ({ wan }: DirectWan): boolean => overrides.directDown.has(directName(wan, family));
  const wans = directWans(site);
  // Tunnels' packets have no connection.
  const inside = `\t\tiifname != ${directInterfaces(site)} meta nfproto ${family}`;
  const packet = `${inside} ct direction original ct mark`;
  const live = wans.filter((one) => !isDown(one)).map(({ mark }) => mark);
  const down = wans.filter(isDown).map(({ mark }) => mark);
  return [
    // From the one who was called by this WAN's address, whatever becomes of the WAN.
    `${inside} ct direction reply ct mark ${nftSet(wans.map(({ mark }) => mark))} meta mark set ct mark`,
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
