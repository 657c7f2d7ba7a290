/**
 * What is handed out to hosts, as the configuration of dnsmasq: DHCPv4, DHCPv6 and router
 * advertisements in one process (paper section III-A).
 *
 * Always holds: a request says by its index K for which WAN it asks; K of no WAN gets no answer, and
 * a host that names no index gets one address in the first subnet, as from any server. Files and
 * users are not the plan's business; whoever starts dnsmasq names them.
 */
import { lanAddressesOf } from '../config/lan-addresses.ts';
import type { Provision, SiteConfig, WanSubnet } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import { macvlanAddress } from '../net/mac-address.ts';
import { nthAddress, prefixFamily } from '../net/prefix.ts';
import type { Facts, NameServer, Waiting } from './facts.ts';
import { poolOf, poolSize } from './pools.ts';
import type { Provisioner } from './resource.ts';

/**
 * The option by which a reply says how many WANs there are, and a request for which one it is.
 * 224 is the first one for use within a site (RFC 3942).
 */
const WAN_OPTION = 224;

/** What a class begins with where a client cannot send {@link WAN_OPTION}; the index follows. */
const CLASS = 'wamptcp-';
const VENDOR_CLASS = 60;
const USER_CLASS = 77;

/** IPv6 leases have no pool that could run dry; so many are kept. */
const IPV6_LEASES = 65_536;

/** A WAN of those that have a subnet of one family on one LAN interface, and which place it has. */
interface Indexed {
  readonly index: number;
  readonly subnets: readonly WanSubnet[];
}

/** Undefined: nothing is handed out here. */
export function planProvisioning(site: SiteConfig, facts: Facts): Provisioner | undefined {
  const { provision } = site;
  const lans = servedLans(site);
  if (provision === undefined || lans.length === 0) return undefined;
  const answers = provision.resolver && nameServerInTheWay(site, facts) === undefined;
  const most = Math.max(...lans.map(({ ipv4 }) => ipv4.length));
  const lines = [
    ...general(
      provision,
      answers,
      lans.map(({ name }) => name),
    ),
    `dhcp-lease-max=${leases(lans.flatMap(({ ipv4 }) => ipv4)) + IPV6_LEASES}`,
    ...(most > 0 ? indexTags(most) : []),
    ...lans.flatMap(({ name, ipv4 }) => rangesOf(name, ipv4, provision)),
    ...(lans.some(({ ipv6 }) => ipv6.length > 0) ? ['enable-ra'] : []),
    ...lans.flatMap(({ name, ipv6 }) => (ipv6.length > 0 ? [advertised(name, provision)] : [])),
    ...told(provision, answers),
    ...reserved(
      provision,
      lans.flatMap(({ ipv4 }) => ipv4),
    ),
  ];
  return { kind: 'provisioner', config: `${lines.join('\n')}\n` };
}

/** Whether {@link planProvisioning} has anything to plan. */
export function handsOut(site: SiteConfig): boolean {
  return servedLans(site).length > 0;
}

/** The LAN interfaces on which prefixes are advertised. */
export function advertisedOn(site: SiteConfig): readonly InterfaceName[] {
  return servedLans(site)
    .filter(({ ipv6 }) => ipv6.length > 0)
    .map(({ name }) => name);
}

interface ServedLan {
  readonly name: InterfaceName;
  readonly ipv4: readonly Indexed[];
  readonly ipv6: readonly Indexed[];
}

function servedLans(site: SiteConfig): readonly ServedLan[] {
  const { provision } = site;
  if (provision === undefined) return [];
  return site.lan.interfaces
    .map((name) => ({
      name,
      ipv4: indexedSubnets(site, name, 'ipv4'),
      ipv6: provision.ipv6 === 'off' ? [] : indexedSubnets(site, name, 'ipv6'),
    }))
    .filter(({ ipv4, ipv6 }) => ipv4.length + ipv6.length > 0);
}

/**
 * The subnets of each WAN on a LAN interface, counted as hosts count them: from 1, and without gaps
 * where a WAN has no subnet there.
 */
function indexedSubnets(
  site: SiteConfig,
  lan: InterfaceName,
  family: 'ipv4' | 'ipv6',
): readonly Indexed[] {
  return site.wans
    .map((wan) =>
      wan.subnets.filter(
        (subnet) => subnet.interface === lan && prefixFamily(subnet.prefix) === family,
      ),
    )
    .filter((subnets) => subnets.length > 0)
    .map((subnets, place) => ({ index: place + 1, subnets }));
}

/**
 * A resolver on all addresses, or on one of the LAN's: two cannot have the port, and dnsmasq would not
 * even start. Addresses are handed out all the same.
 */
function nameServerInTheWay(site: SiteConfig, { nameServers }: Facts): NameServer | undefined {
  const own = new Set<string>(['0.0.0.0', '::', ...lanAddressesOf(site)]);
  return nameServers.find(({ address }) => own.has(address));
}

export function waitingForNames(site: SiteConfig, facts: Facts): readonly Waiting[] {
  const { provision } = site;
  const other = nameServerInTheWay(site, facts);
  if (provision?.resolver !== true || other === undefined || !handsOut(site)) return [];
  const { address, program } = other;
  const everywhere = address === '0.0.0.0' || address === '::' ? 'all addresses' : address;
  const instead =
    provision.dns.length === 0
      ? `hosts ask ${program}`
      : `hosts are told to ask ${provision.dns.join(', ')} themselves`;
  const reason =
    `${program} has port 53 on ${everywhere}; until it is free, ${instead}. ` +
    `Let ${program} listen on 127.0.0.1 only, or set provision.resolver to off`;
  return [{ what: 'DNS for the LAN', reason }];
}

function general(
  provision: Provision,
  answers: boolean,
  interfaces: readonly InterfaceName[],
): readonly string[] {
  return [
    ...interfaces.map((name) => `interface=${name}`),
    // Interfaces and addresses may come later, and go.
    'bind-dynamic',
    ...(answers
      ? [
          // With an interface named, dnsmasq listens there and on the loopback, where a resolver of
          // the machine's own may be.
          'except-interface=lo',
          ...['domain-needed', 'bogus-priv'],
          ...resolvers(provision),
        ]
      : ['port=0']),
    // The only server here: what is not its own it refuses at once instead of leaving hosts to wait.
    'dhcp-authoritative',
    // A ping before each offer would block the server for seconds (RFC 2131 section 2.2 only says SHOULD).
    'no-ping',
    'quiet-dhcp',
    'quiet-dhcp6',
    'quiet-ra',
  ];
}

function resolvers({ dns }: Provision): readonly string[] {
  return dns.length === 0 ? [] : ['no-resolv', ...dns.map((server) => `server=${server}`)];
}

function leases(subnets: readonly Indexed[]): number {
  return subnets.flatMap((one) => one.subnets).reduce((sum, subnet) => sum + poolSize(subnet), 0);
}

/**
 * Tag `w<K>` for each request that is for WAN K: by the option, else by a class. Matches of numbers
 * and texts would find K anywhere inside a value; those written in octets begin at its beginning.
 */
function indexTags(most: number): readonly string[] {
  const indices = Array.from({ length: most }, (_, place) => place + 1);
  // A user class is plain text with some clients, and has its length in front with others (RFC 3004).
  const classes = (tag: string, text: string, length: string): readonly string[] => [
    `dhcp-match=set:${tag},${VENDOR_CLASS},${octets(text)}`,
    `dhcp-match=set:${tag},${USER_CLASS},${octets(text)}`,
    `dhcp-match=set:${tag},${USER_CLASS},${length}:${octets(text)}`,
  ];
  return [
    `dhcp-match=set:option,${WAN_OPTION}`,
    ...classes('class', CLASS, '*'),
    // Two digits are no WAN's.
    `dhcp-match=set:long,${VENDOR_CLASS},${octets(CLASS)}:*:*`,
    `dhcp-match=set:long,${USER_CLASS},${octets(CLASS)}:*:*`,
    ...indices.flatMap((index) => [
      `dhcp-match=set:o${index},${WAN_OPTION},${index}`,
      ...classes(`c${index}`, `${CLASS}${index}`, octet(CLASS.length + 1)),
      `tag-if=set:w${index},tag:o${index}`,
      `tag-if=set:w${index},tag:!option,tag:!long,tag:c${index}`,
    ]),
    'tag-if=set:w1,tag:!option,tag:!class',
    `dhcp-ignore=${['tag:!dhcpv6', ...indices.map((index) => `tag:!w${index}`)].join(',')}`,
  ];
}

function rangesOf(
  name: InterfaceName,
  subnets: readonly Indexed[],
  { lease }: Provision,
): readonly string[] {
  if (subnets.length === 0) return [];
  return [
    // Also to those who do not ask: NetworkManager hands on what it is given, but asks for less.
    `dhcp-option-force=tag:${name},${WAN_OPTION},${subnets.length}`,
    ...subnets.flatMap(({ index, subnets: own }) =>
      own.map((subnet) => {
        const { first, last } = poolOf(subnet);
        return `dhcp-range=tag:w${index},${first},${last},${lease / 1000}`;
      }),
    ),
  ];
}

/**
 * By template: dnsmasq then follows the addresses of the interface by itself, and tells hosts of a
 * prefix that comes or goes at once (RFC 9096).
 */
function advertised(name: InterfaceName, { ipv6, lease }: Provision): string {
  const seconds = lease / 1000;
  switch (ipv6) {
    case 'dhcp':
      return `dhcp-range=::1000,::ffff:ffff,constructor:${name},64,${seconds}`;
    case 'both':
      return `dhcp-range=::1000,::ffff:ffff,constructor:${name},slaac,64,${seconds}`;
    default:
      return `dhcp-range=::,constructor:${name},ra-stateless,64,${seconds}`;
  }
}

function told({ dns, ntp, domain, resolver }: Provision, answers: boolean): readonly string[] {
  const option = (name: string, addresses: readonly Address[]): readonly string[] =>
    (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const own = addresses.filter((address) => familyOf(address) === family);
      if (own.length === 0) return [];
      const text = family === 'ipv4' ? own : own.map((address) => `[${address}]`);
      return [`dhcp-option=${family === 'ipv4' ? 'option' : 'option6'}:${name},${text.join(',')}`];
    });
  return [
    // The gateway answers itself: its own address is what dnsmasq names then.
    ...(answers ? [] : option('dns-server', dns)),
    // Its own address all the same, where another one answers there.
    ...(resolver && !answers && dns.length === 0
      ? ['dhcp-option=option:dns-server,0.0.0.0', 'dhcp-option=option6:dns-server,[::]']
      : []),
    ...option('ntp-server', ntp),
    ...(domain === undefined
      ? []
      : [`domain=${domain}`, `dhcp-option=option:domain-name,${domain}`]),
  ];
}

/** By the address of the host's interface, and by those of the macvlan interfaces it may use. */
function reserved({ reservations }: Provision, subnets: readonly Indexed[]): readonly string[] {
  return reservations.flatMap(({ mac, host, name }) => {
    const named = name === undefined ? '' : `,${name}`;
    return [
      ...subnets.flatMap(({ index, subnets: own }) =>
        own.map((subnet) => {
          const address = nthAddress(subnet.prefix, BigInt(host));
          const macs = index === 1 ? mac : `${mac},${macvlanAddress(mac, index)}`;
          return `dhcp-host=tag:w${index},${macs},${String(address)}${index === 1 ? named : ''}`;
        }),
      ),
      `dhcp-host=tag:dhcpv6,${mac},[::${host.toString(16)}]${named}`,
    ];
  });
}

function octets(text: string): string {
  return [...Buffer.from(text, 'latin1')].map(octet).join(':');
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0');
}
