/**
 * What the plan must know of the machine because the site file leaves it to others: MTUs, and the
 * addresses and default routes of WANs that a DHCP client or the operating system manages.
 */
import type { Address, InterfaceAddress } from '../net/address.ts';

export interface Facts {
  /** By interface name; an interface that does not exist is absent. */
  readonly interfaces: ReadonlyMap<string, InterfaceFacts>;
  /** Of the switches that not every kernel has (`OPTIONAL_SWITCHES`), those that this one has. */
  readonly switches: ReadonlySet<string>;
  readonly haproxy: HaproxyFacts;
  /** Whether a program can have an nftables table that ends with it. */
  readonly ownedTables: boolean;
}

/** `native`: it opens MPTCP sockets by itself; `wrapped`: it needs mptcpize around it. */
export type HaproxyFacts = 'absent' | 'wrapped' | 'native';

/** Of a machine that was not looked at yet. */
export const NO_FACTS: Facts = {
  interfaces: new Map(),
  switches: new Set(),
  haproxy: 'absent',
  ownedTables: false,
};

export interface InterfaceFacts {
  readonly mtu: number;
  /** Global addresses that the interface has now, whoever set them. */
  readonly addresses: readonly InterfaceAddress[];
  /**
   * Next hops of the default routes in the main table through this interface, then the other end of a
   * point-to-point link.
   */
  readonly nexthops: readonly Address[];
}

/** Something that cannot be made yet, and what it waits for; it is made as soon as that appears. */
export interface Waiting {
  readonly what: string;
  readonly reason: string;
}
