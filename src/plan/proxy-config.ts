/**
 * The configuration of HAProxy as a transparent MPTCP proxy (paper section III-C). A connection of a
 * LAN host is taken by the `lan` side, carried over all WANs to the peer's proxy, its twin, and ends
 * there in a plain connection that has the host's own address as its source:
 *
 *   host ─TCP─▶ [lan ▶ backend of the peer] ═MPTCP, PROXY v2═▶ [twin ▶ origin] ─TCP─▶ server
 *
 * Without a twin one leg has to do: the backend talks to the server itself, in the host's name.
 *
 * Under mptcpize the last step is a process of its own with plain sockets. An MPTCP socket whose peer
 * speaks plain TCP loses what it has received, once in some ten seconds at 4 Gb/s (Linux 6.18): it is
 * acknowledged and never delivered, and its memory stays counted until the machine has none for TCP.
 *
 * Always holds: the lan side listens on the loopback interface only, the twin on LAN addresses only;
 * sockets and files are the business of whoever starts it, and come by its environment.
 */
import { lanAddressesOf } from '../config/lan-addresses.ts';
import type { Peer, Proxy, SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { prefixLength } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { HaproxyFacts } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import { proxyEndpoints } from './proxy-endpoints.ts';

/** Set in its environment to the path of its control socket. */
export const CONTROL_SOCKET = 'WAMPTCP_PROXY_SOCKET';

/** Set in the environment of the process that has plain sockets only. */
export const PLAIN_PROCESS = 'WAMPTCP_PROXY_PLAIN';

/** Set in the environment of both to the path of the socket between them, which nobody else may open. */
export const RELAY_SOCKET = 'WAMPTCP_PROXY_RELAY';

/** Set in the environment of both to what its sockets towards hosts are marked with. */
export const LIFE_MARK = 'WAMPTCP_PROXY_MARK';

const RELAY = `"unix@\${${RELAY_SOCKET}}"`;

/** Whether it takes two processes; under mptcpize a process has no plain sockets. */
export function needsPlainProcess(config: string): boolean {
  return config.includes(`.if defined(${PLAIN_PROCESS})`);
}

/** The name of the part that talks to a peer, also to the control socket. */
export function backendOf(peer: Pick<Peer, 'name'>): string {
  return `peer_${peer.name}`;
}

const LOOPBACK: Readonly<Record<Family, string>> = { ipv4: '127.0.0.1', ipv6: '[::1]' };

/** Where no proxied connection may lead, though the kernel would let it: this machine's own inside. */
const INSIDE = '127.0.0.0/8 0.0.0.0/8 169.254.0.0/16 224.0.0.0/4 ::1 ::/128 fe80::/10 ff00::/8';

/** In the name of the host: its address, which is not ours, as the source. */
const AS_CLIENT = 'source 0.0.0.0 usesrc clientip';

/** Bytes, for one direction of a connection while there is something in it. */
const BUFFER = 1024 ** 2;

/** Where the connection was meant to go. */
const ORIGIN = 'server origin 0.0.0.0:0';

const ORIGIN_SIDE = [
  'backend origin',
  `  ${AS_CLIENT}`,
  // Two repetitions on a LAN. Nobody tells us that a host is not there: that goes to the client, in
  // whose name we speak.
  '  timeout connect 5s',
  `  ${ORIGIN}`,
];

export function proxyConfig(site: SiteConfig, proxy: Proxy, haproxy: HaproxyFacts): string {
  return [
    `# wamptcp ${site.site}: written by wamptcp, read by HAProxy; changes by hand are overwritten`,
    ...general(proxy),
    '',
    ...(haproxy === 'native'
      ? [...carrier(site, proxy, haproxy), '', ...ORIGIN_SIDE]
      : [
          `.if defined(${PLAIN_PROCESS})`,
          'frontend relay',
          `  bind ${RELAY} mode 600 accept-proxy`,
          '  default_backend origin',
          '',
          ...ORIGIN_SIDE,
          '.else',
          ...carrier(site, proxy, haproxy),
          '',
          'backend relay',
          // Better by an MPTCP socket than not at all, while the other process is dead.
          '  retries 1',
          '  option redispatch 1',
          `  server relay ${RELAY} send-proxy-v2`,
          `  ${ORIGIN} backup ${AS_CLIENT}`,
          '.endif',
        ]),
    '',
  ].join('\n');
}

/** All but the way to servers in the name of peers' hosts. */
function carrier(site: SiteConfig, proxy: Proxy, haproxy: HaproxyFacts): readonly string[] {
  return [
    ...lanSide(site, proxy),
    ...site.peers.flatMap((peer) => ['', ...backend(site, peer, proxy, haproxy)]),
    '',
    ...twinSide(site, proxy, haproxy),
  ];
}

function general({ connections }: Proxy): readonly string[] {
  return [
    'global',
    `  stats socket "\${${CONTROL_SOCKET}}" mode 600 level operator expose-fd listeners`,
    // One connection that fills several fast lines is a matter of few calls with much data each.
    `  tune.bufsize ${BUFFER}`,
    '',
    'defaults',
    '  mode tcp',
    // For each of the two sides; how many there may be in all follows from the limit of open files.
    `  maxconn ${connections}`,
    // TCP has no limit for silence, so neither has this; who has vanished is found by asking.
    '  timeout client 24d',
    '  timeout server 24d',
    '  option clitcpka',
    '  option srvtcpka',
    // Long enough for any repair of a WAN.
    '  timeout connect 30s',
    '  retries 0',
  ];
}

function lanSide(site: SiteConfig, { port }: Proxy): readonly string[] {
  const routes = site.peers
    .flatMap((peer) =>
      (['ipv4', 'ipv6'] as const).flatMap((family) =>
        peerPrefixes(peer, family).map((prefix) => ({ peer, prefix })),
      ),
    )
    // As with routes: the longest prefix decides.
    .toSorted((one, other) => prefixLength(other.prefix) - prefixLength(one.prefix));
  return [
    'frontend lan',
    ...(['ipv4', 'ipv6'] as const).map(
      (family) => `  bind ${LOOPBACK[family]}:${port + 1} transparent`,
    ),
    `  tcp-request connection set-mark "\${${LIFE_MARK}}"`,
    `  tcp-request session reject if { dst ${INSIDE} }`,
    ...routes.map(({ peer, prefix }) => `  use_backend ${backendOf(peer)} if { dst ${prefix} }`),
  ];
}

function backend(
  site: SiteConfig,
  peer: Peer,
  proxy: Proxy,
  haproxy: HaproxyFacts,
): readonly string[] {
  const head = `backend ${backendOf(peer)}`;
  if (peer.proxy === undefined) {
    return [head, `  ${AS_CLIENT}`, `  ${originOverWans(haproxy)}`];
  }
  const source = callerAddress(site, familyOf(peer.proxy));
  return [
    head,
    // A twin that refuses is passed by at once, one that is silent after two seconds.
    '  retries 1',
    '  option redispatch 1',
    `  server twin ${mptcp(peer.proxy, haproxy)}${hostPort(peer.proxy, proxy.port)} send-proxy-v2 check inter 1s fall 2 rise 1${
      source === undefined ? '' : ` source ${host(source)}`
    }`,
    `  ${originOverWans(haproxy)} backup ${AS_CLIENT}`,
  ];
}

/** The server may speak MPTCP itself. */
function originOverWans(haproxy: HaproxyFacts): string {
  return haproxy === 'native' ? ORIGIN.replace('0.0.0.0', 'mptcp4@0.0.0.0') : ORIGIN;
}

function twinSide(site: SiteConfig, { port }: Proxy, haproxy: HaproxyFacts): readonly string[] {
  const own = lanAddressesOf(site);
  const behind = site.peers.flatMap((peer) => [
    ...peerPrefixes(peer, 'ipv4'),
    ...peerPrefixes(peer, 'ipv6'),
  ]);
  return [
    'frontend twin',
    ...own.map((each) => `  bind ${mptcp(each, haproxy)}${hostPort(each, port)} accept-proxy`),
    ...(behind.length === 0 ? ['  tcp-request session reject'] : [reject('unless', 'src', behind)]),
    `  tcp-request session reject if { dst ${INSIDE} }`,
    // Itself.
    `  tcp-request session reject if { dst ${own.join(' ')} } { dst_port ${port} ${port + 1} }`,
    `  default_backend ${haproxy === 'native' ? 'origin' : 'relay'}`,
  ];
}

function reject(word: 'if' | 'unless', what: string, prefixes: readonly Prefix[]): string {
  return `  tcp-request session reject ${word} { ${what} ${prefixes.join(' ')} }`;
}

/**
 * The address that calls a twin: one that is tied to a WAN if there is one, so that further subflows,
 * one per other WAN, complete the set. Undefined: the kernel's choice.
 */
function callerAddress(site: SiteConfig, family: Family): Address | undefined {
  const all = [...proxyEndpoints(site).map(({ address }) => address), ...lanAddressesOf(site)];
  return all.find((each) => familyOf(each) === family);
}

function mptcp(address: Address, haproxy: HaproxyFacts): string {
  if (haproxy !== 'native') return '';
  return familyOf(address) === 'ipv4' ? 'mptcp4@' : 'mptcp6@';
}

function hostPort(address: Address, port: number): string {
  return `${host(address)}:${port}`;
}

/** Without brackets HAProxy takes the end of an IPv6 address for a port. */
function host(address: Address): string {
  return familyOf(address) === 'ipv4' ? address : `[${address}]`;
}
