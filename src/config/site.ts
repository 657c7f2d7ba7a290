/**
 * What one site file says, complete: every default is filled in and every reference resolved.
 *
 * Always holds for a `SiteConfig` that came out of `parseSite`: names are unique, addresses lie in
 * their subnets, subnets do not overlap, every path names an existing WAN, VNIs and tables do not
 * collide. So nothing behind `src/config` checks these again.
 */
import type { Address, InterfaceAddress } from '../net/address.ts';
import type { AddressRange } from '../net/address-range.ts';
import type { Milliseconds } from '../net/duration.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import type { MacAddress } from '../net/mac-address.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';
import type { BitsPerSecond } from '../net/rate.ts';

export interface SiteConfig {
  readonly site: string;
  readonly lan: Lan;
  /** In the order of the file; index + 1 is the WAN's number, as hosts see it. */
  readonly wans: readonly Wan[];
  readonly peers: readonly Peer[];
  readonly tunnel: Tunnel;
  readonly detection: Detection;
  readonly recovery: Recovery;
  /** The first that matches a packet decides. */
  readonly classes: readonly TrafficClass[];
  readonly probes: Probes;
  readonly host: HostProfile;
  /** Undefined: hosts get their addresses in another way. */
  readonly provision: Provision | undefined;
  /** Undefined: plain TCP is forwarded as it is. */
  readonly proxy: Proxy | undefined;
  readonly ids: IdBases;
}

export interface Lan {
  /** The first one carries every subnet that does not name another. */
  readonly interfaces: readonly InterfaceName[];
  /** The gateway's LAN addresses in subnets that belong to no WAN (a hub's servers, plain hosts). */
  readonly addresses: readonly LanAddress[];
}

export interface LanAddress {
  readonly interface: InterfaceName;
  readonly address: InterfaceAddress;
}

export interface Wan {
  readonly name: string;
  readonly interface: InterfaceName;
  /** Empty: another program (a DHCP client, the operating system) manages the addresses. */
  readonly addresses: readonly InterfaceAddress[];
  /** At most one per family. None: on-link, or whatever default route the interface already has. */
  readonly nexthops: readonly Address[];
  readonly capacity: BitsPerSecond;
  /** The LAN subnets tied to this WAN. */
  readonly subnets: readonly WanSubnet[];
  /** Names of the WANs to use while this one is down, best first; undefined: chosen by capacity. */
  readonly detours: readonly string[] | undefined;
  readonly allow: readonly Allowed[];
  /** Also a way to the Internet without a hub, with the addresses of hosts translated. */
  readonly direct: boolean;
}

/** A service of the gateway itself, and who may reach it over the WAN. */
export interface Allowed {
  readonly protocol: Transport;
  readonly port: number;
  readonly from: Prefix;
}

export type Transport = 'tcp' | 'udp';

export interface WanSubnet {
  readonly prefix: Prefix;
  /** The gateway's own address in it: the hosts' default router. Default: the first host address. */
  readonly gateway: Address;
  readonly interface: InterfaceName;
  /** What is handed out; undefined: see `src/plan/pools.ts`. IPv4 only. */
  readonly pool: AddressRange | undefined;
}

export interface Peer {
  readonly name: string;
  /** Prefixes behind the peer that belong to none of its WANs. */
  readonly prefixes: readonly Prefix[];
  /** The address of its MPTCP proxy, if ours may use it: one of its LAN addresses. */
  readonly proxy: Address | undefined;
  readonly paths: readonly PeerPath[];
}

/** A path: one of our WANs and one of the peer's, joined by a tunnel. */
export interface PeerPath {
  /** `<wan>-<peer>` or, where that is not unique, `<wan>-<peer>-<n>`; unique in the site. */
  readonly name: string;
  readonly wan: string;
  /** The peer's address on the underlay; its family is the family of the tunnel's outside. */
  readonly remote: Address;
  /** Must be the same number on both gateways, and differ between all paths of a gateway. */
  readonly vni: number;
  /** The peer's subnets tied to this path: traffic back to them takes it. */
  readonly subnets: readonly Prefix[];
  /** What the peer's side of this path carries, if it is less than our WAN's capacity. */
  readonly capacity: BitsPerSecond;
  /** A NAT or a stateful firewall is on the way, which must know its packets again. */
  readonly nat: boolean;
}

export interface Tunnel {
  readonly type: 'vxlan';
  /** UDP port of the tunnels, outside. */
  readonly port: number;
}

/** RFC 5880 timers, the same for both directions. */
export interface Detection {
  /** Desired Min TX and Required Min RX, 10 ms … 1 s. */
  readonly interval: Milliseconds;
  /** Detect Mult, 2 … 50. */
  readonly multiplier: number;
  /** Of our BFD packets, inside and outside; none: {@link ENGINE_DSCP}. */
  readonly dscp?: number;
}

export interface Recovery {
  /** Fast Recovery. Off: the subnet of a failed WAN stays where it is (the paper's plain WaMPTCP). */
  readonly fast: boolean;
  /** How long a path must have been up before traffic goes back to it; 0 is at once. */
  readonly holdDown: Milliseconds;
  readonly damping: Damping;
  /** WAN names for what is not TCP or belongs to no WAN, best first; every WAN exactly once. */
  readonly preference: readonly string[];
  /** What is not TCP and in no class goes by all paths, flow by flow, instead of by the best one. */
  readonly spread: boolean;
}

/** A kind of traffic, never TCP, that has an order of WANs of its own. */
export interface TrafficClass {
  readonly name: string;
  /** One of them is enough. */
  readonly matches: readonly ClassMatch[];
  /** Names of WANs and paths to use before all others, best first. */
  readonly prefer: readonly string[];
  /** Names of WANs and paths to use after all others. */
  readonly avoid: readonly string[];
  /** By all paths, flow by flow; then there is no order. */
  readonly spread: boolean;
}

/** A packet must have one value of each list that is not empty, and the protocol if there is one. */
export interface ClassMatch {
  readonly dscps: readonly number[];
  readonly protocol: ClassProtocol | undefined;
  /** Of either end: a service's packets have its port as destination one way, as source the other. */
  readonly ports: readonly PortRange[];
  /** Of either end. */
  readonly prefixes: readonly Prefix[];
}

/** `icmp` is that of both families. */
export type ClassProtocol = 'udp' | 'sctp' | 'icmp' | 'esp' | 'gre';

/** A path that goes down `flaps` times within `window` is not used again until quiet for `quiet`. */
export interface Damping {
  readonly enabled: boolean;
  readonly flaps: number;
  readonly window: Milliseconds;
  readonly quiet: Milliseconds;
}

/** How direct WANs are watched, all of them alike. */
export interface Probes {
  /** Each once; empty: each WAN's own next hop. */
  readonly targets: readonly ProbeTarget[];
  /** Between two probes of one target, 100 ms … 10 s. */
  readonly interval: Milliseconds;
  /** An answer that takes longer is none, 10 ms … 10 s. */
  readonly roundTrip: Milliseconds;
  /** So many last probes of a target are judged, 2 … 100. */
  readonly window: number;
  /** A target is dead while more than this part of them is lost, 0 … 1. */
  readonly loss: number;
  /** So many targets that live make a WAN live; undefined: half of them. */
  readonly quorum: number | undefined;
}

export interface ProbeTarget {
  readonly address: Address;
  /** The port to connect to; undefined: it is asked by ICMP echo. */
  readonly tcp: number | undefined;
}

/** What end hosts (and the hub's servers) should set; applied by the lab and the host script. */
export interface HostProfile {
  readonly rtoMin: Milliseconds;
  readonly staleLossCount: number;
  /** Bytes: receive buffer (`tcp_rmem[1]` and `[2]`), send buffer of a connection (`tcp_wmem[0]`, and `[2]`). */
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  /** Bytes of a connection that may wait unsent (`tcp_notsent_lowat`); subflows do not heed it. */
  readonly notsentLowat: number;
  /** `net.mptcp.blackhole_timeout`; 0 never turns MPTCP off for a namespace. */
  readonly blackholeTimeout: Milliseconds;
}

/** How hosts on the LAN get their addresses: DHCPv4, DHCPv6 and router advertisements. */
export interface Provision {
  readonly ipv6: Ipv6Provision;
  /** How long an address is a host's without asking again, 2 min … 30 d. */
  readonly lease: Milliseconds;
  /** What hosts are told of; of both families. */
  readonly dns: readonly Address[];
  readonly ntp: readonly Address[];
  readonly domain: string | undefined;
  /** Whether the gateway itself answers DNS, by asking `dns` or, without those, its own resolvers. */
  readonly resolver: boolean;
  readonly reservations: readonly Reservation[];
}

/** `slaac`: by router advertisements; `dhcp`: by DHCPv6. */
export type Ipv6Provision = 'slaac' | 'dhcp' | 'both' | 'off';

/** A host that has always the same address in each subnet: the subnet's address number `host`. */
export interface Reservation {
  readonly mac: MacAddress;
  readonly host: number;
  readonly name: string | undefined;
}

/** The transparent MPTCP proxy for plain TCP (paper section III-C). */
export interface Proxy {
  /** Where peers' proxies call, on the LAN addresses; the next port is taken on the loopback. */
  readonly port: number;
  readonly connections: number;
  readonly except: readonly Unproxied[];
}

/** What the proxy leaves alone: where both are given, both must fit. */
export interface Unproxied {
  readonly prefix: Prefix | undefined;
  readonly port: number | undefined;
}

/** First numbers of the ranges this gateway may use in the kernel; `src/plan/ids.ts` hands them out. */
export interface IdBases {
  readonly table: number;
  readonly rulePriority: number;
}
