/**
 * A lab in full: every namespace, address and cable, before anything is made. Plain data, so that
 * it can be written down and read again by the next command.
 */
import type { HostProfile } from '../config/site.ts';
import type { Address, Family, InterfaceAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Line } from './link/wire.ts';
import type {
  AttachmentName,
  ClientKind,
  EndpointKind,
  HostFamily,
  LinkValues,
} from './topology/topology.ts';

export interface LabPlan {
  readonly name: string;
  /** Absolute path of the topology file. */
  readonly topology: string;
  readonly gateways: readonly GatewayNode[];
  readonly hosts: readonly HostNode[];
  readonly middleboxes: readonly LanMiddlebox[];
  readonly switches: readonly LanSwitch[];
  readonly servers: readonly InternetServer[];
  readonly lines: readonly LabLine[];
}

/** A server in the Internet, on the core of every line. */
export interface InternetServer {
  readonly name: string;
  readonly namespace: string;
  readonly addresses: readonly Address[];
}

export interface GatewayNode {
  readonly name: string;
  readonly namespace: string;
  /** Absolute path of its site file. */
  readonly file: string;
  readonly paths: readonly string[];
}

export interface HostNode {
  readonly name: string;
  readonly namespace: string;
  readonly site: string;
  /** In the order of the site's WANs, IPv4 before IPv6 only where the site file has it so. */
  readonly addresses: readonly InterfaceAddress[];
  readonly routers: Readonly<Partial<Record<Family, Address>>>;
  readonly owns: readonly Prefix[];
  /** Null: the kernel's own settings. */
  readonly profile: HostProfile | null;
  readonly endpoints: EndpointKind;
  readonly client: ClientKind;
  readonly family: HostFamily;
  /** Whether its client asks DHCPv6. */
  readonly dhcp6: boolean;
  /** The subnets in which its client is to get an address; none for a static host. */
  readonly expects: readonly Prefix[];
}

/** What stands between hosts and their gateway; addresses as text for iproute2. */
export interface LanMiddlebox {
  readonly name: string;
  readonly namespace: string;
  /** The gateway's address. */
  readonly router: string;
  /** Its own addresses with length, towards the gateway. */
  readonly outside: readonly string[];
  /** … and towards the hosts; none: it shows the gateway's. */
  readonly inside: readonly string[];
  /** The hosts behind it. */
  readonly hosts: readonly string[];
  /** Sources that get another one outside; none: a firewall, which keeps them. */
  readonly translates: readonly { readonly from: string; readonly to: string }[];
}

/** One LAN: a bridge, with the gateway on it and the hosts. */
export interface LanSwitch {
  readonly namespace: string;
  readonly ports: readonly SwitchPort[];
}

export interface SwitchPort {
  readonly namespace: string;
  readonly interface: string;
}

export interface LabLine {
  readonly name: string;
  /** The namespace where all of the line's sites meet, and where it is cut. */
  readonly core: string;
  readonly attachments: readonly Attachment[];
  /** As the file has them, for people to read. */
  readonly values: LinkValues;
  readonly mtu: number;
}

export interface Attachment {
  readonly name: AttachmentName;
  /** The access: from the gateway's interface to the core. */
  readonly access: Line;
  readonly routing: AccessRouting;
  /** Null: the access is nothing but a line. */
  readonly middlebox: LineMiddlebox | null;
}

/** What stands between a gateway and the rest of its line. */
export interface LineMiddlebox {
  /** Stateful: only the gateway opens connections. */
  readonly firewall: boolean;
  /** The address that all IPv4 of the gateway has behind it; null: no NAT. */
  readonly nat: string | null;
  /** Octets; null: that of the line. */
  readonly pathMtu: number | null;
  /** Nobody is told of a packet that was too large. */
  readonly swallowsIcmp: boolean;
}

/** Where an access leads which addresses; all as text for iproute2. */
export interface AccessRouting {
  /** Addresses of the access itself, with length: the gateway's next hops. */
  readonly own: readonly string[];
  /** Addresses of the gateway. */
  readonly near: readonly string[];
  /** Whole subnets that are the gateway's alone. */
  readonly subnets: readonly string[];
  /** Addresses of others in the gateway's subnet: the access answers in their place. */
  readonly far: readonly string[];
  /** What a DHCP server would give the gateway: the site file has no addresses. */
  readonly lent: readonly LentAddress[];
}

export interface LentAddress {
  readonly address: string;
  readonly nexthop: string | null;
}

/** Every namespace of the lab. */
export function namespacesOf(plan: LabPlan): readonly string[] {
  return [
    ...[
      ...plan.gateways,
      ...plan.hosts,
      ...plan.middleboxes,
      ...plan.switches,
      ...plan.servers,
    ].map(({ namespace }) => namespace),
    ...plan.lines.flatMap((line) => [
      line.core,
      ...line.attachments.map(({ access }) => access.namespace),
    ]),
  ];
}
