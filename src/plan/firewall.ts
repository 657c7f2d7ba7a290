/**
 * Our nftables table: MSS clamp, BFD's own rules, and the announcement of a drain; others add what the
 * LAN may ask for, what a WAN may say, whose packets come out of a tunnel, and the classes of traffic.
 *
 * Always holds: one table that is ours alone; no connection tracking but of direct traffic.
 */
import type { SiteConfig } from '../config/site.ts';
import { classificationChains } from './classification.ts';
import { clearForward, clearOutput, clearSets } from './clear-protection.ts';
import { directChains, directReplies } from './direct-firewall.ts';
import type { Facts } from './facts.ts';
import { BFD_PORT, NFT_TABLE } from './ids.ts';
import { lanRules, lanSets } from './lan-protection.ts';
import { tunnelClamp } from './mss-clamp.ts';
import { natPortOutput, natPortSets } from './nat-ports.ts';
import { nftSet } from './nft-set.ts';
import type { Overrides } from './overrides.ts';
import type { PathPlan } from './path.ts';
import { proxyChain, proxyInput, proxyOutput } from './proxy-steering.ts';
import { sourceChain, sourceChains } from './tunnel-sources.ts';
import { strangerSets } from './tunnel-strangers.ts';
import { WAN_INPUT, WAN_PREROUTING, wanChains, wanOutput, wanSets } from './wan-protection.ts';

/** Paths that the peer announces as administratively down, one element per path. */
export const DRAINED_BY_PEER_SET = 'drained_by_peer';

/** @param mtus octets that each tunnel takes, by device. */
export function planFirewall(
  site: SiteConfig,
  paths: readonly PathPlan[],
  mtus: ReadonlyMap<string, number>,
  overrides: Overrides,
  facts: Facts,
): string {
  const tunnels = nftSet(paths.map((path) => `"${path.device}"`));
  const wans = site.wans.map((wan) => `"${wan.interface}"`);
  const lan = nftSet(site.lan.interfaces.map((name) => `"${name}"`));
  return [
    `table inet ${NFT_TABLE} {`,
    `\tset ${DRAINED_BY_PEER_SET} {`,
    '\t\ttype ifname',
    '\t\tsize 4096',
    '\t\tflags dynamic,timeout',
    // Three announcements missed, at the slowest that RFC 5880 section 6.8.3 has them come.
    '\t\ttimeout 3s',
    '\t}',
    ...lanSets(site),
    ...wanSets(),
    ...strangerSets(paths),
    ...natPortSets(paths),
    ...clearSets(site),
    ...wanChains(site, paths),
    ...sourceChains(site),
    ...proxyChain(
      site,
      paths.map((path) => `"${path.device}"`),
      facts,
    ),
    ...directChains(site, paths, facts, overrides),
    '\tchain prerouting {',
    '\t\ttype filter hook prerouting priority -150; policy accept;',
    `\t\tiifname vmap ${nftSet([
      ...wans.map((wan) => `${wan} : jump ${WAN_PREROUTING}`),
      ...paths.map((path) => `"${path.device}" : jump ${sourceChain(path.peer)}`),
    ])}`,
    '\t}',
    ...classificationChains(site, paths),
    '\tchain input {',
    '\t\ttype filter hook input priority -10; policy accept;',
    `\t\tiifname ${nftSet(wans)} jump ${WAN_INPUT}`,
    ...lanRules(site),
    ...proxyInput(site),
    ...(paths.length === 0 ? [] : bfdRules(tunnels)),
    '\t}',
    '\tchain output {',
    '\t\ttype filter hook output priority -10; policy accept;',
    ...(paths.length === 0 ? [] : bfdMark(site, tunnels)),
    ...drainAnnouncement(paths, overrides),
    ...proxyOutput(
      site,
      paths.map((path) => `"${path.device}"`),
    ),
    ...natPortOutput(paths, site.tunnel.port),
    ...wanOutput(site),
    ...clearOutput(site, facts),
    '\t}',
    '\tchain forward {',
    '\t\ttype filter hook forward priority -150; policy accept;',
    // Not by a translated address, either.
    ...directReplies(site, lan),
    `\t\tiifname ${nftSet(wans)} oifname ${lan} counter drop`,
    ...clearForward(site),
    ...tunnelClamp(
      paths.map((path) => path.device),
      mtus,
    ),
    '\t}',
    '}',
    '',
  ].join('\n');
}

function bfdRules(tunnels: string): readonly string[] {
  return [
    // RFC 5881 section 5 (GTSM, RFC 5082): a control packet from further away is not the peer's.
    `\t\tiifname ${tunnels} udp dport ${BFD_PORT} ip6 hoplimit != 255 counter drop`,
    // Any other state ends a drain.
    `\t\tiifname ${tunnels} udp dport ${BFD_PORT} @th,72,8 & 0xc0 != 0x0 delete @${DRAINED_BY_PEER_SET} { iifname }`,
    // Diagnostic 7 and state AdminDown (RFC 5880 section 4.1): the peer drains this path; it has not
    // failed. The state alone is not enough: a BIRD that starts says AdminDown with diagnostic 0.
    `\t\tiifname ${tunnels} udp dport ${BFD_PORT} @th,64,8 & 0x1f == 0x7 @th,72,8 & 0xc0 == 0x0 update @${DRAINED_BY_PEER_SET} { iifname }`,
  ];
}

/**
 * BIRD marks BFD with CS6 and has no word for another one. Before it is wrapped: outside it has what it
 * has inside (`tos inherit`).
 */
function bfdMark({ detection: { dscp } }: SiteConfig, tunnels: string): readonly string[] {
  return dscp === undefined
    ? []
    : [`\t\toifname ${tunnels} udp dport ${BFD_PORT} ip6 dscp set ${dscp}`];
}

/**
 * The engine cannot announce AdminDown by itself, so the packets it sends anyway say it: diagnostic
 * 7 in the first octet of the control packet, state 0 in the second (RFC 5880 section 4.1). Any BFD
 * implementation on the other side understands. The kernel mends the UDP checksum.
 */
function drainAnnouncement(paths: readonly PathPlan[], overrides: Overrides): readonly string[] {
  const drained = paths.filter((path) => overrides.drained.has(path.name));
  if (drained.length === 0) return [];
  const devices = nftSet(drained.map((path) => `"${path.device}"`));
  return [`\t\toifname ${devices} udp dport ${BFD_PORT} @th,64,8 set 0x27 @th,72,8 set 0x0`];
}
