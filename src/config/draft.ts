/**
 * A site file as far as it could be read: every good value with its place, also when others are bad.
 *
 * Always holds: a value here is one its kind accepts. What is `undefined` or in a list that is not
 * `complete` was told as a problem already, so rules keep silent about it and look at the rest.
 */
import type { Address, InterfaceAddress } from '../net/address.ts';
import type { AddressRange } from '../net/address-range.ts';
import type { Milliseconds } from '../net/duration.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import type { MacAddress } from '../net/mac-address.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';
import type { BitsPerSecond } from '../net/rate.ts';
import type { ClassProtocol, Ipv6Provision, Transport } from './site.ts';
import type { Span } from './source.ts';

export interface At<T> {
  readonly value: T;
  readonly span: Span;
}

/** A value that has a default. */
export interface Setting<T> extends At<T> {
  /** False: the default, and `span` is only the nearest place in the file. */
  readonly given: boolean;
}

export interface DraftList<T> {
  readonly items: readonly T[];
  readonly complete: boolean;
  readonly given: boolean;
}

export interface Draft {
  readonly span: Span;
  readonly site: At<string> | undefined;
  readonly lan: DraftLan;
  readonly wans: DraftList<DraftWan>;
  readonly peers: DraftList<DraftPeer>;
  readonly port: Setting<number> | undefined;
  readonly vni: Setting<number> | undefined;
  readonly interval: Setting<Milliseconds> | undefined;
  readonly multiplier: Setting<number> | undefined;
  readonly dscp: Setting<number> | undefined;
  readonly fast: Setting<boolean> | undefined;
  readonly holdDown: Setting<Milliseconds> | undefined;
  readonly preference: DraftList<At<string>>;
  readonly spread: Setting<boolean> | undefined;
  readonly damping: DraftDamping;
  readonly classes: DraftList<DraftClass>;
  readonly probes: DraftProbes;
  readonly host: DraftHost;
  readonly provision: DraftProvision;
  readonly proxy: DraftProxy;
  readonly table: Setting<number> | undefined;
  readonly rulePriority: Setting<number> | undefined;
}

export interface DraftLan {
  readonly interfaces: DraftList<At<InterfaceName>>;
  readonly addresses: DraftList<DraftLanAddress>;
  /** Where a block stands that names no interface, which it must. */
  readonly nameless: Span | undefined;
}

export interface DraftLanAddress {
  readonly address: At<InterfaceAddress>;
  readonly interface: At<InterfaceName> | undefined;
}

export interface DraftWan {
  /** Where to point when speaking of the WAN: its name, if it has one. */
  readonly span: Span;
  readonly name: At<string> | undefined;
  readonly interface: At<InterfaceName> | undefined;
  readonly addresses: DraftList<At<InterfaceAddress>>;
  readonly nexthops: DraftList<At<Address>>;
  readonly capacity: Setting<BitsPerSecond> | undefined;
  readonly subnets: DraftList<DraftSubnet>;
  readonly detours: DraftList<At<string>>;
  readonly allow: DraftList<DraftAllowed>;
  readonly direct: Setting<boolean> | undefined;
}

export interface DraftAllowed {
  readonly protocol: Setting<Transport>;
  readonly port: At<number>;
  readonly from: At<Prefix>;
}

export interface DraftSubnet {
  readonly prefix: At<Prefix>;
  readonly gateway: At<Address> | undefined;
  readonly interface: At<InterfaceName> | undefined;
  readonly pool: At<AddressRange> | undefined;
}

export interface DraftPeer {
  readonly span: Span;
  readonly name: At<string> | undefined;
  readonly prefixes: DraftList<At<Prefix>>;
  /** The VNI of its first path, if that is known. */
  readonly vni: Setting<number> | undefined;
  readonly proxy: At<Address> | undefined;
  readonly paths: DraftList<DraftPath>;
}

export interface DraftPath {
  readonly span: Span;
  readonly wan: At<string> | undefined;
  readonly remote: At<Address> | undefined;
  readonly vni: Setting<number> | undefined;
  readonly subnets: DraftList<At<Prefix>>;
  readonly capacity: At<BitsPerSecond> | undefined;
  readonly nat: Setting<boolean> | undefined;
}

export interface DraftClass {
  readonly span: Span;
  readonly name: At<string> | undefined;
  readonly matches: DraftList<DraftMatch>;
  readonly prefer: DraftList<At<string>>;
  readonly avoid: DraftList<At<string>>;
  readonly spread: Setting<boolean> | undefined;
}

export interface DraftMatch {
  readonly span: Span;
  readonly dscps: DraftList<At<number>>;
  /** `given`: the file says it; else it follows from there being ports. */
  readonly protocol: Setting<ClassProtocol | undefined> | undefined;
  readonly ports: DraftList<At<PortRange>>;
  readonly prefixes: DraftList<At<Prefix>>;
}

export interface DraftDamping {
  readonly enabled: Setting<boolean> | undefined;
  readonly flaps: Setting<number> | undefined;
  readonly window: Setting<Milliseconds> | undefined;
  readonly quiet: Setting<Milliseconds> | undefined;
}

export interface DraftProbes {
  /** Undefined: there is no such block. */
  readonly span: Span | undefined;
  readonly targets: DraftList<DraftTarget>;
  readonly interval: Setting<Milliseconds> | undefined;
  readonly roundTrip: Setting<Milliseconds> | undefined;
  readonly window: Setting<number> | undefined;
  readonly loss: Setting<number> | undefined;
  readonly quorum: At<number> | undefined;
}

export interface DraftTarget {
  readonly address: At<Address>;
  readonly tcp: At<number> | undefined;
}

export interface DraftHost {
  readonly rtoMin: Setting<Milliseconds> | undefined;
  readonly staleLossCount: Setting<number> | undefined;
  readonly receiveBuffer: Setting<number> | undefined;
  readonly sendBuffer: Setting<number> | undefined;
  readonly notsentLowat: Setting<number> | undefined;
  readonly blackholeTimeout: Setting<Milliseconds> | undefined;
}

export interface DraftProvision {
  /** Undefined: there is no such block. */
  readonly span: Span | undefined;
  readonly enabled: Setting<boolean> | undefined;
  readonly ipv6: Setting<Ipv6Provision> | undefined;
  readonly lease: Setting<Milliseconds> | undefined;
  readonly dns: DraftList<At<Address>>;
  readonly ntp: DraftList<At<Address>>;
  readonly domain: At<string> | undefined;
  readonly resolver: Setting<boolean> | undefined;
  readonly reservations: DraftList<DraftReservation>;
}

export interface DraftReservation {
  readonly mac: At<MacAddress>;
  readonly host: At<number>;
  readonly name: At<string> | undefined;
}

export interface DraftProxy {
  /** Undefined: there is no such block. */
  readonly span: Span | undefined;
  readonly enabled: Setting<boolean> | undefined;
  readonly port: Setting<number> | undefined;
  readonly connections: Setting<number> | undefined;
  readonly except: DraftList<DraftUnproxied>;
}

export interface DraftUnproxied {
  readonly span: Span;
  /** Its value is undefined where it is not given. */
  readonly prefix: Setting<Prefix | undefined>;
  readonly port: Setting<number | undefined>;
}
