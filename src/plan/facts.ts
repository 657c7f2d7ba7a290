/**
 * What the plan must know of the machine because the site file leaves it to others: MTUs, and the
 * addresses and default routes of WANs that a DHCP client or the operating system manages.
 *
 * Always holds: nothing here depends on the order in which the kernel lists things.
 */
import type { Address, Family, InterfaceAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';

export interface Facts {
  /** By interface name; an interface that does not exist is absent. */
  readonly interfaces: ReadonlyMap<string, InterfaceFacts>;
  /** Every address of this machine beyond a link, but those of our tunnels, with its interface. */
  readonly own: ReadonlyMap<Address, string>;
  /** The outside address of every tunnel device of ours that there is, by its name. */
  readonly tunnelSources: ReadonlyMap<string, Address>;
  /** Of the main table, without default routes and what never leaves a link; whoever set them. */
  readonly mainRoutes: readonly MainRoute[];
  /** Who else answers DNS here, on which address; `0.0.0.0` and `::` are all. */
  readonly nameServers: readonly NameServer[];
  /** Of the switches that not every kernel has (`OPTIONAL_SWITCHES`), those that this one has. */
  readonly switches: ReadonlySet<string>;
  readonly haproxy: HaproxyFacts;
  /** Whether a program can have an nftables table that ends with it. */
  readonly ownedTables: boolean;
  /** False: this kernel does without IPv6, and no switch brings it back. */
  readonly ipv6?: false;
}

/** `native`: it opens MPTCP sockets by itself; `wrapped`: it needs mptcpize around it. */
export type HaproxyFacts = 'absent' | 'wrapped' | 'native';

/** Of a machine that was not looked at yet. */
export const NO_FACTS: Facts = {
  interfaces: new Map(),
  own: new Map(),
  tunnelSources: new Map(),
  mainRoutes: [],
  nameServers: [],
  switches: new Set(),
  haproxy: 'absent',
  ownedTables: false,
};

export interface MainRoute {
  readonly destination: Prefix;
  /** By which it leads there, more than one with several next hops. */
  readonly interfaces: readonly string[];
}

export interface NameServer {
  readonly address: Address;
  readonly program: string;
}

export interface InterfaceFacts {
  readonly mtu: number;
  /** What the interface has now, whoever set it; of addresses of the link only those of IPv4. */
  readonly addresses: readonly MachineAddress[];
  /**
   * The default routes in the main table through this interface, the preferred one first, then the
   * other end of a point-to-point link.
   */
  readonly ways: readonly Way[];
}

export interface MachineAddress extends InterfaceAddress {
  /** The other end of a point-to-point link; the length is then that of its network. */
  readonly peer?: Address;
  readonly marks?: readonly AddressMark[];
}

/**
 * `temporary`: RFC 8981. `deprecated`, `tentative`, `duplicate`: RFC 4862, no longer for new
 * connections, not yet known to be alone, found not to be. `secondary`: the kernel prefers another of
 * the same IPv4 network. `link-local`: RFC 3927.
 */
export type AddressMark =
  'temporary' | 'deprecated' | 'tentative' | 'duplicate' | 'secondary' | 'link-local';

/** How packets of a family leave by an interface. */
export interface Way {
  readonly family: Family;
  /** Undefined: everybody is on the link, as behind a raw-IP modem. May be IPv6 for IPv4 (RFC 8950). */
  readonly via: Address | undefined;
}

/** Something that cannot be made yet, and what it waits for; it is made as soon as that appears. */
export interface Waiting {
  readonly what: string;
  readonly reason: string;
}
