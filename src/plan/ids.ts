/**
 * The one place that hands out numbers and names in the kernel.
 *
 * Always holds: equal input gives equal numbers on both gateways and in every run, and two
 * resources never share one. Ranges: tables `table` … `table` + 299, rule priorities
 * `rulePriority` … + 99, tunnel devices `wt<VNI>`.
 */
import type { SiteConfig } from '../config/site.ts';
import { address } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import { interfaceName } from '../net/interface-name.ts';
import type { InterfaceName } from '../net/interface-name.ts';

/** `rtm_protocol` of our rules and routes: unassigned in rt_protos, so nobody else's. */
export const ROUTE_PROTOCOL = 87;

/** RTPROT_BIRD: what the path engine marks its routes with. */
export const ENGINE_PROTOCOL = '12';

/** Our nftables table, family inet. */
export const NFT_TABLE = 'wamptcp';

/** Every device that we create begins with this and carries {@link linkAlias}. */
export const TUNNEL_PREFIX = 'wt';

/** BFD single-hop control packets, RFC 5881 section 4. */
export const BFD_PORT = 3784;

/**
 * Tables in one site's range: best path, one per WAN, by destination, one underlay table per WAN, one
 * per class, up to one per bucket of flows, and the proxy's.
 */
export const TABLE_RANGE = 300;
export const RULE_RANGE = 100;

/** Of packets; no other software's, we hope. Whole marks, so that nobody has to know of masks. */
const TRAFFIC_MARKS = 0x57_00_00_00;

/** Of what a process of the proxy says to hosts; its number, below {@link PROXY_LIVES}, is added. */
export const PROXY_MARKS = 0x57_01_00_00;

/** How many processes of the proxy can be told apart; each has a number of its own, by chance. */
export const PROXY_LIVES = 0x1_00_00;

/** Of the same while the process lives. */
export const PROXY_LIVES_MARK = 0x57_02_00_00;

export function linkAlias(site: string): string {
  return `wamptcp:${site}`;
}

export function tunnelName(vni: number): InterfaceName {
  return interfaceName(`${TUNNEL_PREFIX}${vni}`);
}

export function isTunnelName(name: string): boolean {
  return /^wt\d+$/.test(name);
}

/** Routes for what is not TCP: the best path, wherever it comes from and goes to. */
export function bestTable(site: SiteConfig): number {
  return site.ids.table;
}

/** Routes for TCP from the subnets of WAN `index` (0-based). */
export function wanTable(site: SiteConfig, index: number): number {
  return site.ids.table + 1 + index;
}

/** Routes for TCP from elsewhere: the path that its destination is tied to, else the best one. */
export function destinationTable(site: SiteConfig): number {
  return site.ids.table + 100;
}

/** Routes for the tunnels' outsides over WAN `index` (0-based). */
export function underlayTable(site: SiteConfig, index: number): number {
  return site.ids.table + 101 + index;
}

/** The route to this machine itself, for what ends at the proxy. */
export function proxyTable(site: SiteConfig): number {
  return site.ids.table + 201;
}

/** Routes to networks of the LAN that a WAN has as well. */
export function contestedTable(site: SiteConfig): number {
  return site.ids.table + 202;
}

/** Routes for the traffic of class `index` (0-based, at most 15) of the site file. */
export function classTable(site: SiteConfig, index: number): number {
  return site.ids.table + 110 + index;
}

/**
 * Into so many parts flows are spread. With 32, the share of a path is off by less than a part, 3 % of
 * the whole, and each of 8 paths of one capacity is replaced by 4 others.
 */
export const SPREAD_BUCKETS = 32;

/** Routes for the buckets of group `index` (0-based, < {@link SPREAD_BUCKETS}). */
export function spreadTable(site: SiteConfig, index: number): number {
  return site.ids.table + 130 + index;
}

/** The mark of a packet that the routes of `table` are for: one of a class, of buckets, of the proxy. */
export function trafficMark(site: SiteConfig, table: number): string {
  return `0x${(TRAFFIC_MARKS + table - site.ids.table).toString(16)}`;
}

export function ownsTable(site: Pick<SiteConfig, 'ids'>, table: number): boolean {
  return table >= site.ids.table && table < site.ids.table + TABLE_RANGE;
}

/** In the order in which the kernel asks: our tunnels' outsides first, the catch-all last. */
const RULE_OFFSETS = {
  underlay: 0,
  contested: 5,
  local: 10,
  proxy: 15,
  subnet: 20,
  own: 25,
  destination: 30,
  class: 40,
  best: 50,
} as const;

export type RuleStep = keyof typeof RULE_OFFSETS;

export const RULE_STEPS = Object.keys(RULE_OFFSETS) as readonly RuleStep[];

export function rulePriority(site: SiteConfig, step: RuleStep): number {
  return site.ids.rulePriority + RULE_OFFSETS[step];
}

/** MPTCP address identifiers of the gateway's own addresses, by which they are known as ours. */
export const ENDPOINT_IDS = { first: 201, last: 208 } as const;

/** Mark of packets that belong to a connection which began over direct WAN `index` (0-based). */
export function directMark(index: number): string {
  return `0x${(0x5744_0001 + index).toString(16)}`;
}

/**
 * Which end of its tunnels a gateway is. Both ends must agree without talking, behind NAT and with
 * addresses from DHCP as well, so the names decide: a peer is called as its own file calls itself.
 */
export type TunnelSide = 1 | 2;

export function tunnelSide(site: string, peer: string): TunnelSide {
  return site < peer ? 1 : 2;
}

/**
 * Link-local, so a path needs no address plan, inside IPv4 or IPv6; with the VNI in it, so that the
 * engine's log, which names sessions by address only, tells the paths apart.
 */
export function tunnelAddress(vni: number, side: TunnelSide): Address {
  return address(`fe80::${(vni >> 16).toString(16)}:${(vni & 0xffff).toString(16)}:${side}`);
}

/** Of {@link tunnelAddress}: both ends, and no other path's. */
export const TUNNEL_PREFIX_LENGTH = 126;

/** Locally administered; known to both ends, so a path that comes up waits for no ARP or ND. */
export function tunnelMac(vni: number, side: TunnelSide): string {
  const digits = vni.toString(16).padStart(6, '0');
  return `02:57:0${side}:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}`;
}

/**
 * Whether a tunnel device without an alias is one of ours all the same: the kernel takes the alias
 * only after the device is made, and a process may be killed in between.
 */
export function isHalfMade(device: {
  readonly name: string;
  readonly vni: number;
  readonly mac: string;
  readonly alias: string;
}): boolean {
  const macs = [tunnelMac(device.vni, 1), tunnelMac(device.vni, 2)];
  return device.alias === '' && device.name === tunnelName(device.vni) && macs.includes(device.mac);
}

/**
 * RFC 7600's IPv4 dummy address, on every tunnel of a site without IPv4 on its LAN. To the kernel's reverse-path filter a device
 * without any IPv4 address is strict even when it is set to loose (`__fib_validate_source`, no_addr),
 * and would drop a flow both of whose directions do not use the same path, as during every repair
 * that one end makes before the other. It is never anybody's source: its scope is the link.
 */
export const TUNNEL_IPV4: Address = address('192.0.0.8');

export function otherSide(side: TunnelSide): TunnelSide {
  return side === 1 ? 2 : 1;
}
