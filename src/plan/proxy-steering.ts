/**
 * Which TCP goes to the proxy: connections that begin without MPTCP, from the LAN to what lies behind
 * a peer. MPTCP itself, whoever speaks it, is forwarded.
 *
 * Always holds: without connection tracking; a packet is marked only when a socket of the proxy takes
 * it, so while the proxy is dead, new connections are forwarded like everything else.
 */
import { lanAddressesOf } from '../config/lan-addresses.ts';
import type { Proxy, SiteConfig, Unproxied } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Family } from '../net/address.ts';
import { interfaceName } from '../net/interface-name.ts';
import { prefixContains, prefixFamily, prefixLength } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Facts } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import { proxyTable, rulePriority, trafficMark } from './ids.ts';
import { lanPrefixes } from './lan.ts';
import { nftSet } from './nft-set.ts';
import { HEADER } from './nft-words.ts';
import { livesMark, resetsOfTheDead } from './proxy-life.ts';
import type { Resource } from './resource.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** The first segment of a connection, as RFC 9293 section 3.5 has it; ECN's bits may be set. */
const FIRST_SEGMENT = 'tcp flags & (fin | syn | rst | ack) == syn';

/** RFC 8684: MP_CAPABLE or MP_JOIN; no other MPTCP option is on a first segment. */
const SPEAKS_MPTCP = 'tcp option mptcp exists';

const LOOPBACK: Readonly<Record<Family, string>> = { ipv4: '127.0.0.1', ipv6: '[::1]' };

const LO = interfaceName('lo');

/** For our nftables table. */
export function proxyChain(
  site: SiteConfig,
  tunnels: readonly string[],
  { ownedTables }: Facts,
): readonly string[] {
  const { proxy } = site;
  if (proxy === undefined) return [];
  const lan = site.lan.interfaces.map((name) => `"${name}"`);
  const onLan = `\t\tiifname ${nftSet(lan)}`;
  const setMark = setMarkOf(site);
  return [
    '\tchain proxy {',
    // After the sources have been judged.
    '\t\ttype filter hook prerouting priority -140; policy accept;',
    ...twinsOf(site).flatMap(({ family, addresses }) => [
      // Peers' proxies believe what the proxy of a gateway says, not what a host says.
      `${onLan} ${HEADER[family]} daddr ${nftSet(addresses)} tcp dport ${proxy.port} counter drop`,
    ]),
    `\t\tiifname ${nftSet([...lan, ...tunnels])} meta l4proto tcp socket transparent 1 ${setMark} accept`,
    `\t\tiifname != ${nftSet(lan)} accept`,
    `\t\tmeta l4proto != tcp accept`,
    `\t\t${FIRST_SEGMENT.replace('==', '!=')} accept`,
    `\t\t${SPEAKS_MPTCP} accept`,
    // A process that dies goes on listening until all its connections are closed.
    ...(ownedTables ? [`\t\tmeta mark != ${livesMark()} accept`] : []),
    ...FAMILIES.flatMap((family) => steered(site, proxy, family)),
    '\t}',
  ];
}

function steered(site: SiteConfig, proxy: Proxy, family: Family): readonly string[] {
  const destinations = site.peers.flatMap((peer) => peerPrefixes(peer, family));
  if (destinations.length === 0) return [];
  const header = HEADER[family];
  const setMark = setMarkOf(site);
  const own = lanPrefixes(site, family);
  const everywhere = destinations.some((prefix) => prefixLength(prefix) === 0);
  const selector = everywhere
    ? `meta nfproto ${family}`
    : `${header} daddr ${merged(destinations)}`;
  return [
    ...(own.length === 0 ? [] : [`\t\t${header} daddr ${merged(own)} accept`]),
    ...proxy.except.flatMap((each) => exception(each, family)),
    // The mark comes last: without a socket that takes the packet, `tproxy` ends the rule.
    `\t\t${selector} meta l4proto tcp tproxy ${header} to ${LOOPBACK[family]}:${proxy.port + 1} ${setMark} accept`,
  ];
}

function exception({ prefix, port }: Unproxied, family: Family): readonly string[] {
  if (prefix !== undefined && prefixFamily(prefix) !== family) return [];
  const network =
    prefix === undefined || prefixLength(prefix) === 0
      ? `meta nfproto ${family}`
      : `${HEADER[family]} daddr ${prefix}`;
  return [`\t\t${network}${port === undefined ? '' : ` tcp dport ${port}`} accept`];
}

/** For the hook input: peers' proxies call by a tunnel, nobody calls from the LAN. */
export function proxyInput(site: SiteConfig): readonly string[] {
  const { proxy } = site;
  if (proxy === undefined) return [];
  const lan = nftSet(site.lan.interfaces.map((name) => `"${name}"`));
  return [
    // What was meant for a server and is taken by the proxy has the server's port, whatever it is.
    `\t\tiifname ${lan} tcp dport ${proxy.port} meta mark != ${proxyMark(site)} counter drop`,
  ];
}

/**
 * For the hook output: a server sees plain TCP from its client. mptcpize makes every socket of the
 * proxy an MPTCP one; those that speak in a client's name have an address that is not ours.
 */
export function proxyOutput(site: SiteConfig, tunnels: readonly string[]): readonly string[] {
  if (site.proxy === undefined) return [];
  return [
    `\t\toifname != ${nftSet([...tunnels, '"lo"'])} tcp flags & (syn | ack) == syn fib saddr type != local reset tcp option mptcp`,
    ...resetsOfTheDead(),
  ];
}

function proxyMark(site: SiteConfig): string {
  return trafficMark(site, proxyTable(site));
}

function setMarkOf(site: SiteConfig): string {
  return `meta mark set ${proxyMark(site)}`;
}

/** What is marked ends here, whoever it was meant for. */
export function proxyRouting(site: SiteConfig): readonly Resource[] {
  if (site.proxy === undefined) return [];
  const table = proxyTable(site);
  return FAMILIES.flatMap((family): readonly Resource[] => [
    {
      kind: 'route',
      family,
      table,
      type: 'local',
      destination: 'default',
      interface: LO,
      via: undefined,
    },
    {
      kind: 'rule',
      family,
      priority: rulePriority(site, 'proxy'),
      from: undefined,
      to: undefined,
      outgoing: undefined,
      incoming: undefined,
      mark: proxyMark(site),
      ipProtocol: undefined,
      table,
      suppressPrefixLength: undefined,
    },
  ]);
}

function twinsOf(
  site: SiteConfig,
): readonly { readonly family: Family; readonly addresses: readonly string[] }[] {
  const all = [...site.peers.flatMap((peer) => peer.proxy ?? []), ...lanAddressesOf(site)];
  return FAMILIES.map((family) => ({
    family,
    addresses: all.filter((each) => familyOf(each) === family),
  })).filter(({ addresses }) => addresses.length > 0);
}

/** nftables takes no overlapping networks in a set: those inside of others go. */
function merged(prefixes: readonly Prefix[]): string {
  return nftSet(
    prefixes.filter(
      (one) => !prefixes.some((other) => other !== one && prefixContains(other, one)),
    ),
  );
}
