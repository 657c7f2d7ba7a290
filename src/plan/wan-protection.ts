/**
 * What a WAN may say to this machine: the tunnels, replies to what the machine itself has asked for,
 * what keeps the line alive, and what the site file allows.
 *
 * Always holds: everything else is counted and dropped, and nothing of it is answered; the rules do
 * without connection tracking.
 */
import type { Allowed, SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Family } from '../net/address.ts';
import { prefixFamily, prefixLength } from '../net/prefix.ts';
import { lanPrefixes } from './lan.ts';
import { ERRORS, HEADER } from './nft-words.ts';
import { natPortInput } from './nat-ports.ts';
import { nftSet } from './nft-set.ts';
import type { PathPlan } from './path.ts';
import { strangerRules } from './tunnel-strangers.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** RFC 2131 and RFC 8415. */
const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;
const DHCP6_SERVER = 547;
const DHCP6_CLIENT = 546;

/** Enough for people and for the supervision of a provider; of no use to whoever wants an amplifier. */
const ECHO = 'limit rate 10/second burst 20 packets';

/** RFC 4787 REQ-5: a reply by UDP may take two minutes. */
const REPLY_TIME = '2m';

/** UDP that this machine has sent: who may answer, from which port, to which port. */
function asked(family: Family): string {
  return `asked_${family}`;
}

/** Sets that {@link wanOutput} fills. */
export function wanSets(): readonly string[] {
  return FAMILIES.flatMap((family) => [
    `\tset ${asked(family)} {`,
    `\t\ttype ${family}_addr . inet_service . inet_service`,
    '\t\tsize 65536',
    '\t\tflags dynamic,timeout',
    `\t\ttimeout ${REPLY_TIME}`,
    '\t}',
  ]);
}

/** Before the kernel looks for a route, which is where it would answer by ICMPv6. */
export const WAN_PREROUTING = 'wan_prerouting';

/** For what is addressed to this machine. */
export const WAN_INPUT = 'wan_input';

export function wanChains(site: SiteConfig, paths: readonly PathPlan[]): readonly string[] {
  const tunnel = `udp dport ${site.tunnel.port}`;
  const peers = FAMILIES.flatMap((family) => {
    const remotes = paths
      .map((path) => path.config.remote)
      .filter((remote) => familyOf(remote) === family);
    return remotes.length === 0
      ? []
      : [`\t\t${tunnel} ${HEADER[family]} saddr ${nftSet(remotes)} accept`];
  });
  return [
    `\tchain ${WAN_PREROUTING} {`,
    // First, since nearly all packets are these.
    ...peers,
    ...FAMILIES.flatMap((family) => {
      const own = lanPrefixes(site, family);
      if (own.length === 0) return [];
      // Our networks are not out there, and nobody out there has any business with them.
      return (['saddr', 'daddr'] as const).map(
        (end) => `\t\t${HEADER[family]} ${end} ${nftSet(own)} counter drop`,
      );
    }),
    // A WAN is no way through. For IPv6 the kernel has one switch for all interfaces, so it would
    // forward, or say why not.
    '\t\tfib daddr type { unicast, unreachable, prohibit, blackhole } counter drop',
    '\t}',
    `\tchain ${WAN_INPUT} {`,
    ...natPortInput(paths, site.tunnel.port),
    ...peers,
    ...strangerRules(paths, site.tunnel.port),
    `\t\t${tunnel} counter drop`,
    ...site.wans.flatMap((wan) =>
      wan.allow.map((each) => `\t\tiifname "${wan.interface}" ${matching(each, 's', 'd')} accept`),
    ),
    ...tcpReplies(),
    ...FAMILIES.map(
      (family) => `\t\t${HEADER[family]} saddr . udp sport . udp dport @${asked(family)} accept`,
    ),
    // The first answer of a DHCP server comes from nobody who was asked by address.
    `\t\tudp sport ${DHCP_SERVER} udp dport ${DHCP_CLIENT} accept`,
    `\t\tip6 saddr fe80::/10 udp dport ${DHCP6_CLIENT} accept`,
    // A server behind a relay, or one with a public address, does not speak from the link.
    `\t\tmeta nfproto ipv6 udp sport ${DHCP6_SERVER} udp dport ${DHCP6_CLIENT} accept`,
    ...icmp(),
    '\t\tcounter drop',
    '\t}',
  ];
}

/** For the hook output. */
export function wanOutput(site: SiteConfig): readonly string[] {
  const out = `\t\toifname ${nftSet(site.wans.map((wan) => `"${wan.interface}"`))}`;
  return [
    `${out} udp dport ${site.tunnel.port} accept`,
    ...site.wans.flatMap((wan) =>
      wan.allow.map((each) => `\t\toifname "${wan.interface}" ${matching(each, 'd', 's')} accept`),
    ),
    // A reset without ACK is how the kernel answers a segment that belongs to no connection (RFC 9293
    // section 3.10.7.2); one that ends a connection has ACK. See `tcpReplies`.
    `${out} tcp flags & (ack | rst) == rst counter drop`,
    // Errors that the kernel makes where no hook is before it: of options, and of fragments that stay
    // alone. To tell anybody on a WAN about packets is the business of routers out there.
    `${out} icmp type ${nftSet(ERRORS.ipv4)} counter drop`,
    `${out} icmpv6 type ${nftSet(ERRORS.ipv6)} counter drop`,
    ...FAMILIES.map(
      (family) =>
        `${out} update @${asked(family)} { ${HEADER[family]} daddr . udp dport . udp sport }`,
    ),
  ];
}

/**
 * To a connection that there is, also one that waits for its end. `socket` finds a socket that listens
 * as well: on all addresses, it is a wildcard; on one address only, it is not told from a connection.
 * The first segment of a connection is refused in any case, others it answers by a reset at most,
 * which {@link wanOutput} stops.
 */
function tcpReplies(): readonly string[] {
  return [
    '\t\tmeta l4proto tcp socket wildcard 1 counter drop',
    '\t\ttcp flags & (syn | ack) != syn socket transparent 0 accept',
  ];
}

function icmp(): readonly string[] {
  return [
    // Path MTU discovery and diagnosis; none of these is ever answered.
    `\t\ticmp type ${nftSet(['echo-reply', ...ERRORS.ipv4])} accept`,
    `\t\ticmpv6 type ${nftSet(['echo-reply', ...ERRORS.ipv6])} accept`,
    // RFC 4890 section 4.4.1. The kernel takes neighbour discovery from the link only (hop limit 255).
    '\t\ticmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query } accept',
    `\t\ticmp type echo-request ${ECHO} accept`,
    `\t\ticmpv6 type echo-request ${ECHO} accept`,
  ];
}

/** Packets between a network that is allowed something, at end `theirs`, and the service, at `ours`. */
function matching({ protocol, port, from }: Allowed, theirs: 's' | 'd', ours: 's' | 'd'): string {
  const family = prefixFamily(from);
  const network =
    prefixLength(from) === 0 ? `meta nfproto ${family}` : `${HEADER[family]} ${theirs}addr ${from}`;
  return `${network} ${protocol} ${ours}port ${port}`;
}
