/**
 * What a topology file says, value by value, each with its place in the file.
 *
 * Always holds: names have the form of names and are unique among their kind; whether they fit
 * together, and fit the site files, is judged in plan-lab.ts.
 */
import type { InterfaceAddress, Address } from '../../net/address.ts';
import type { Milliseconds } from '../../net/duration.ts';
import type { InterfaceName } from '../../net/interface-name.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { BitsPerSecond } from '../../net/rate.ts';
import type { At } from '../../config/draft.ts';
import type { Direction } from '../link/direction.ts';
import type { QueueKind } from '../link/shaping.ts';

export interface Topology {
  readonly lab: At<string>;
  readonly sites: readonly TopologySite[];
  readonly hosts: readonly TopologyHost[];
  readonly middleboxes: readonly TopologyMiddlebox[];
  readonly servers: readonly TopologyServer[];
  readonly lines: readonly TopologyLine[];
}

/** A server in the Internet: reached over every line, without a hub. */
export interface TopologyServer {
  readonly name: At<string>;
  readonly addresses: readonly At<Address>[];
}

export interface TopologySite {
  readonly name: At<string>;
  /** As written: relative to the topology file. */
  readonly file: At<string>;
}

/** Which MPTCP endpoints a host gets for its further addresses. */
export type EndpointKind = 'subflow' | 'fullmesh' | 'signal' | 'off';
export type ProfileKind = 'default' | 'off';

/** How a host gets its addresses. */
export type ClientKind =
  'static' | 'dhclient' | 'udhcpc' | 'dhcpcd' | 'networkd' | 'networkmanager';
export type HostFamily = 'ipv4' | 'ipv6' | 'both';

export interface TopologyHost {
  readonly name: At<string>;
  readonly site: At<string>;
  /** One of the site's LAN interfaces; absent: the first. */
  readonly interface: At<InterfaceName> | undefined;
  /** Absent: one per subnet, the next that is free. */
  readonly addresses: readonly At<InterfaceAddress>[] | undefined;
  /** So many hosts, numbered from 1; absent: one, not numbered. */
  readonly count: At<number> | undefined;
  /** Whole prefixes that this host answers for. */
  readonly owns: readonly At<Prefix>[];
  readonly profile: ProfileKind;
  readonly endpoints: EndpointKind;
  /** Absent: `dhclient` where the site hands out addresses, else `static`. */
  readonly client: At<ClientKind> | undefined;
  /** Absent: whatever the site hands out. */
  readonly family: At<HostFamily> | undefined;
  /** The middlebox between this host and its gateway. */
  readonly behind: At<string> | undefined;
}

/**
 * `firewall`: keeps addresses. `nat`: gives each subnet an address of its own. `nat-one-address`:
 * one address for all of them, so that the gateway sees hosts of one WAN only.
 */
export type MiddleboxKind = 'firewall' | 'nat' | 'nat-one-address';

export interface TopologyMiddlebox {
  readonly name: At<string>;
  readonly site: At<string>;
  readonly kind: MiddleboxKind;
}

/** One site's WAN on a line: `branch.fibre`. */
export interface AttachmentName {
  readonly site: string;
  readonly wan: string;
}

export interface TopologyLine {
  readonly name: At<string>;
  readonly connects: readonly At<AttachmentName>[];
  readonly mtu: number;
  /** In the middle, where no gateway sees it; absent: `mtu`. */
  readonly pathMtu: number | undefined;
  readonly swallowsIcmp: boolean;
  readonly values: LinkValues;
  readonly attachments: readonly TopologyAttachment[];
}

export interface TopologyAttachment {
  readonly name: At<AttachmentName>;
  readonly values: LinkValues;
  readonly addresses: readonly At<InterfaceAddress>[];
  readonly nexthops: readonly At<Address>[];
  readonly firewall: boolean;
  readonly nat: At<Address> | undefined;
}

/** What is given; the rest is as a perfect cable has it. */
export interface LinkValues {
  readonly rate?: Readonly<Record<Direction, BitsPerSecond>>;
  readonly rtt?: Milliseconds;
  readonly jitter?: Milliseconds;
  readonly loss?: Readonly<Record<Direction, number>>;
  readonly reorder?: boolean;
  readonly queue?: QueueKind;
  /** How long a full queue takes to drain. */
  readonly buffer?: Milliseconds;
}

export function formatAttachment({ site, wan }: AttachmentName): string {
  return `${site}.${wan}`;
}
