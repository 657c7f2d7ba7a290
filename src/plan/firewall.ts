/**
 * Our nftables table: MSS clamp, who may send into a tunnel, BFD's own rules, and the announcement
 * of a drain; {@link lanRules} adds what the LAN may ask for.
 *
 * Always holds: one table that is ours alone; no connection tracking.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import { BFD_PORT, NFT_TABLE } from './ids.ts';
import { lanRules, lanSets } from './lan-protection.ts';
import { nftSet } from './nft-set.ts';
import type { Overrides } from './overrides.ts';
import type { PathPlan } from './path.ts';

/** IP and TCP headers without options, which is what MSS leaves out (RFC 9293 section 3.7.1). */
const HEADERS = { ipv4: 40, ipv6: 60 } as const;

/** Paths that the peer announces as administratively down, one element per path. */
export const DRAINED_BY_PEER_SET = 'drained_by_peer';

/**
 * @param smallestMtu of all tunnels: a flow may be moved to any of them, so it must fit all.
 */
export function planFirewall(
  site: SiteConfig,
  paths: readonly PathPlan[],
  smallestMtu: number | undefined,
  overrides: Overrides,
): string {
  const tunnels = nftSet(paths.map((path) => `"${path.device}"`));
  const wans = site.wans.map((wan) => `"${wan.interface}"`);
  const lan = site.lan.interfaces.map((name) => `"${name}"`);
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
    '\tchain input {',
    '\t\ttype filter hook input priority -10; policy accept;',
    ...tunnelSources(site, paths),
    ...lanRules(site),
    // RFC 5881 section 5 (GTSM, RFC 5082): a control packet from further away is not the peer's.
    `\t\tiifname ${tunnels} udp dport ${BFD_PORT} ip6 hoplimit != 255 counter drop`,
    // Any other state ends a drain.
    `\t\tiifname ${tunnels} udp dport ${BFD_PORT} @th,72,8 & 0xc0 != 0x0 delete @${DRAINED_BY_PEER_SET} { iifname }`,
    // Diagnostic 7 and state AdminDown (RFC 5880 section 4.1): the peer drains this path; it has not
    // failed. The state alone is not enough: a BIRD that starts says AdminDown with diagnostic 0.
    `\t\tiifname ${tunnels} udp dport ${BFD_PORT} @th,64,8 & 0x1f == 0x7 @th,72,8 & 0xc0 == 0x0 update @${DRAINED_BY_PEER_SET} { iifname }`,
    '\t}',
    '\tchain output {',
    '\t\ttype filter hook output priority -10; policy accept;',
    ...drainAnnouncement(paths, overrides),
    '\t}',
    '\tchain forward {',
    '\t\ttype filter hook forward priority -150; policy accept;',
    // IPv6 forwarding is one switch for the whole machine; a WAN still does not reach the LAN.
    `\t\tiifname ${nftSet(wans)} oifname ${nftSet(lan)} counter drop`,
    ...(smallestMtu === undefined ? [] : mssClamp(tunnels, smallestMtu)),
    '\t}',
    '}',
    '',
  ].join('\n');
}

/** On a WAN only the configured peers may speak to the tunnel port. */
function tunnelSources(site: SiteConfig, paths: readonly PathPlan[]): readonly string[] {
  const wans = nftSet(site.wans.map((wan) => `"${wan.interface}"`));
  return (['ipv4', 'ipv6'] as const).map((family) => {
    const remotes = paths
      .map((path) => path.config.remote)
      .filter((remote) => familyOf(remote) === family);
    const port = `udp dport ${site.tunnel.port}`;
    if (remotes.length === 0) {
      return `\t\tiifname ${wans} meta nfproto ${family} ${port} counter drop`;
    }
    const keyword = family === 'ipv4' ? 'ip' : 'ip6';
    return `\t\tiifname ${wans} ${port} ${keyword} saddr != ${nftSet(remotes)} counter drop`;
  });
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

function mssClamp(tunnels: string, mtu: number): readonly string[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    (['iifname', 'oifname'] as const).map((direction) => {
      const mss = mtu - HEADERS[family];
      return (
        `\t\t${direction} ${tunnels} meta nfproto ${family} tcp flags & (syn | rst) == syn ` +
        `tcp option maxseg size > ${mss} tcp option maxseg size set ${mss}`
      );
    }),
  );
}
