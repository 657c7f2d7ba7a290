/**
 * Everything that a gateway may own in the kernel, one type per kind.
 *
 * Always holds: `resourceKey` is unique within a plan, and says where the resource sits; two
 * resources with the same key are the same thing in two states.
 */
import type { Address, Family } from '../net/address.ts';
import type { InterfaceName } from '../net/interface-name.ts';

export interface Sysctl {
  readonly kind: 'sysctl';
  /** With dots, as sysctl(8) writes it; an interface name may itself hold a dot, hence the parts. */
  readonly key: readonly string[];
  readonly value: string;
}

/** The administrative state of an interface that is not ours. */
export interface LinkUp {
  readonly kind: 'link-up';
  readonly interface: InterfaceName;
}

/** A tunnel's device. Where its packets go, and out of which interface, are its {@link ForwardingEntry}s. */
export interface Vxlan {
  readonly kind: 'vxlan';
  readonly name: InterfaceName;
  readonly vni: number;
  readonly port: number;
  /** Outside, of all packets; undefined: it follows from the flow inside (RFC 7348 section 5). */
  readonly sourcePort: number | undefined;
  readonly local: Address;
  /** Whether the outside may be cut on its way: as the packet inside says, or always (RFC 791 DF). */
  readonly df: 'inherit' | 'unset';
  /**
   * Undefined, as we make it. An older version bound the device to the WAN's interface, which then
   * limits its MTU, and takes it along when it goes.
   */
  readonly lower: InterfaceName | undefined;
  readonly mac: string;
  readonly mtu: number;
  readonly alias: string;
}

/** Where a tunnel's device sends what is for a MAC address inside. */
export interface ForwardingEntry {
  readonly kind: 'forwarding-entry';
  readonly interface: InterfaceName;
  readonly mac: string;
  readonly remote: Address;
  /** The WAN's interface: the outside never leaves by another one. Undefined: only as others make it. */
  readonly lower: InterfaceName | undefined;
}

export interface AddressResource {
  readonly kind: 'address';
  readonly interface: InterfaceName;
  readonly address: Address;
  readonly length: number;
}

export interface Neighbour {
  readonly kind: 'neighbour';
  readonly interface: InterfaceName;
  readonly address: Address;
  readonly mac: string;
}

export interface Route {
  readonly kind: 'route';
  readonly family: Family;
  readonly table: number;
  /** `local`: to this machine itself, whatever the destination; `throw`: as if the table had no route. */
  readonly type: 'unicast' | 'local' | 'throw';
  /** A prefix or `default`. */
  readonly destination: string;
  readonly interface: InterfaceName;
  readonly via: Address | undefined;
}

export interface Rule {
  readonly kind: 'rule';
  readonly family: Family;
  readonly priority: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly outgoing: string | undefined;
  /** `lo`: what this machine itself sends. */
  readonly incoming: string | undefined;
  /** `tcp`; of others, as iproute2 names them. */
  readonly ipProtocol: string | undefined;
  /** That the packet must have, as iproute2 prints it: `0x5700006e`. */
  readonly mark: string | undefined;
  readonly table: number;
  /** Routes of the table with a prefix this long or shorter are passed over; 0: its default route. */
  readonly suppressPrefixLength: number | undefined;
}

/** Our whole nftables table; replaced in one transaction. */
export interface Nftables {
  readonly kind: 'nftables';
  readonly ruleset: string;
}

/** The path engine: its configuration, and that it runs with it. */
export interface Engine {
  readonly kind: 'engine';
  readonly config: string;
}

/** The server of the hosts' addresses: its configuration, and that it runs with it. */
export interface Provisioner {
  readonly kind: 'provisioner';
  readonly config: string;
}

/** The MPTCP proxy: its configuration, and that it runs with it. */
export interface ProxyEngine {
  readonly kind: 'proxy';
  readonly config: string;
}

/**
 * All of our addresses that this machine's own MPTCP connections may use besides their first one. As a
 * whole, since an identifier that one gives up may be another's next.
 */
export interface MptcpEndpoints {
  readonly kind: 'mptcp-endpoints';
  readonly endpoints: readonly MptcpEndpoint[];
}

export interface MptcpEndpoint {
  readonly address: Address;
  /** RFC 8684 section 3.4.1: the address identifier. */
  readonly id: number;
  /** ip-mptcp(8): `signal`, `subflow`, …; sorted. */
  readonly flags: readonly string[];
}

/** So many further subflows this machine opens or takes per connection, and announcements it follows. */
export interface MptcpLimits {
  readonly kind: 'mptcp-limits';
  readonly subflows: number;
  readonly announcements: number;
}

export type Resource =
  | Sysctl
  | LinkUp
  | Vxlan
  | ForwardingEntry
  | AddressResource
  | Neighbour
  | Route
  | Rule
  | Nftables
  | Engine
  | Provisioner
  | ProxyEngine
  | MptcpEndpoints
  | MptcpLimits;

export type ResourceKind = Resource['kind'];

export function resourceKey(resource: Resource): string {
  switch (resource.kind) {
    case 'sysctl':
      return `sysctl ${resource.key.join('.')}`;
    case 'link-up':
      return `link-up ${resource.interface}`;
    case 'vxlan':
      return `vxlan ${resource.name}`;
    case 'forwarding-entry':
      return `forwarding-entry ${resource.mac} ${resource.interface}`;
    case 'address':
      // Without the length: the kernel takes an IPv6 address only once, whatever its length.
      return `address ${resource.address} ${resource.interface}`;
    case 'neighbour':
      return `neighbour ${resource.address} ${resource.interface}`;
    case 'route':
      return `route ${resource.family} ${resource.table} ${resource.destination}`;
    case 'rule':
      return `rule ${resource.family} ${resource.priority} ${ruleSelector(resource)} ${ruleAction(resource)}`;
    case 'nftables':
    case 'engine':
    case 'provisioner':
    case 'proxy':
    case 'mptcp-endpoints':
    case 'mptcp-limits':
      return resource.kind;
  }
}

/** The interface that a resource is of. */
export function deviceOf(resource: Resource): string | undefined {
  if (resource.kind === 'sysctl') return resource.key[3];
  return 'interface' in resource ? resource.interface : undefined;
}

/** Whether a resource vanishes when one of these devices does. */
export function hangsOn(resource: Resource, devices: ReadonlySet<string>): boolean {
  // The state of a device is a part of it.
  if (resource.kind === 'link-up') return false;
  const device = deviceOf(resource);
  return device !== undefined && devices.has(device);
}

/** What is looked up, in iproute2's words without `lookup`. */
export function ruleAction({ table, suppressPrefixLength: length }: Rule): string {
  return length === undefined ? String(table) : `${table} suppress_prefixlength ${length}`;
}

/** The selector in iproute2's words. */
export function ruleSelector(rule: Rule): string {
  const parts = [`from ${rule.from ?? 'all'}`];
  if (rule.to !== undefined) parts.push(`to ${rule.to}`);
  if (rule.mark !== undefined) parts.push(`fwmark ${rule.mark}`);
  if (rule.incoming !== undefined) parts.push(`iif ${rule.incoming}`);
  if (rule.outgoing !== undefined) parts.push(`oif ${rule.outgoing}`);
  if (rule.ipProtocol !== undefined) parts.push(`ipproto ${rule.ipProtocol}`);
  return parts.join(' ');
}
