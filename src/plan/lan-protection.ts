/**
 * What the LAN may say to the server of its addresses; a WAN says nothing to it (wan-protection.ts).
 *
 * Always holds: a host speaks for itself alone (the Ethernet address in its request is the one it
 * sends from), and one that asks without end delays nobody else.
 */
import type { SiteConfig } from '../config/site.ts';
import { nftSet } from './nft-set.ts';
import { advertisedOn, handsOut } from './provisioning.ts';

/** DHCP servers, RFC 2131 and RFC 8415. */
const DHCP_SERVER = 67;
const DHCP6_SERVER = 547;

/** Hosts that ask for more leases than any host needs; the daemon puts them in. */
export const GREEDY_SET = 'greedy_hosts';

/** So much for one host: eight addresses in both families at once, twice over. */
const REQUESTS = 'limit rate over 10/second burst 64 packets';

/** DHCPv6 from hosts that were not heard of before, all of them together. */
const UNHEARD = 'limit rate over 1/second burst 4 packets';

/** Sets that {@link lanRules} uses. */
export function lanSets(site: SiteConfig): readonly string[] {
  if (!handsOut(site)) return [];
  return [
    ...set(GREEDY_SET, 'type ether_addr', '10m'),
    ...set('dhcp_rate', 'type ether_addr', '1m'),
    ...set('lan_heard', 'type ipv6_addr . ether_addr', '1d'),
    // Pairs of one and the same address: nftables compares a field with constants and sets only.
    ...set('dhcp_source', 'typeof @ll,48,48 . @th,288,48', '10s'),
  ];
}

/** For the hook input. */
export function lanRules(site: SiteConfig): readonly string[] {
  if (!handsOut(site)) return [];
  const lan = interfaces(site.lan.interfaces);
  const servers = `udp dport { ${DHCP_SERVER}, ${DHCP6_SERVER} }`;
  const dhcp = `\t\tiifname ${lan} udp dport ${DHCP_SERVER}`;
  const advertised = advertisedOn(site);
  return [
    // The kernel hears what our own server advertises to all, and would give itself an address by it
    // while the interface does not forward yet.
    ...(advertised.length === 0
      ? []
      : [`\t\tiifname ${interfaces(advertised)} icmpv6 type nd-router-advert counter drop`]),
    `\t\tiifname ${lan} ${servers} ether saddr @${GREEDY_SET} counter drop`,
    `\t\tiifname ${lan} ${servers} update @dhcp_rate { ether saddr ${REQUESTS} } counter drop`,
    // For an asker who is not in the neighbour table, dnsmasq waits half a second for an answer to
    // its own question, and serves nobody meanwhile. Who was heard of by neighbour discovery passes;
    // the others one by one.
    `\t\tiifname ${lan} icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 saddr fe80::/10 update @lan_heard { ip6 saddr . ether saddr }`,
    `\t\tiifname ${lan} udp dport ${DHCP6_SERVER} ip6 saddr . ether saddr != @lan_heard ${UNHEARD} counter drop`,
    // RFC 2131 section 2: `chaddr` is at octet 28 of the message, `giaddr` at 24. Hosts are on this
    // very LAN, so nobody relays for them.
    `${dhcp} update @dhcp_source { @ll,48,48 . @ll,48,48 }`,
    `${dhcp} @ll,48,48 . @th,288,48 != @dhcp_source counter drop`,
    `${dhcp} @th,256,32 != 0x0 counter drop`,
  ];
}

function set(name: string, type: string, timeout: string): readonly string[] {
  return [
    `\tset ${name} {`,
    `\t\t${type}`,
    '\t\tsize 65536',
    '\t\tflags dynamic,timeout',
    `\t\ttimeout ${timeout}`,
    '\t}',
  ];
}

function interfaces(names: readonly string[]): string {
  return nftSet(names.map((name) => `"${name}"`));
}
