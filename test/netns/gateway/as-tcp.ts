/**
 * Datagrams that are TCP to whoever forwards them: a gateway sends TCP by its subnets, and only with
 * datagrams is a loss seen, since TCP itself sends again.
 *
 * Always holds: only the protocol number differs, and only between the two hosts; of chosen ports.
 */
import type { Namespace } from './namespace.ts';

/**
 * Header checksums stay right: the 11 that are missing in IPv4's protocol (6 instead of 17) are in
 * its DSCP field; IPv6 has no such checksum, and that of UDP is made and checked outside of this.
 */
const DISGUISE = `table inet as-tcp {
  set ports { type inet_service; }
  chain send { type filter hook postrouting priority 0; udp dport @ports jump disguise; }
  chain disguise {
    meta nfproto ipv4 @nh,8,8 set 0xb @nh,72,8 set 6
    meta nfproto ipv6 @nh,48,8 set 6
  }
  chain receive { type filter hook prerouting priority -300; meta l4proto tcp th dport @ports jump reveal; }
  chain reveal {
    meta nfproto ipv4 @nh,8,8 set 0 @nh,72,8 set 17
    meta nfproto ipv6 @nh,48,8 set 17
  }
}
`;

/** On both hosts, once. */
export async function prepareDisguise(host: Namespace): Promise<void> {
  await host.nft(DISGUISE);
}

/** From now on datagrams to these ports leave this host as TCP, and come to it as UDP. */
export async function disguise(host: Namespace, ports: readonly number[]): Promise<void> {
  await host.nft(`add element inet as-tcp ports { ${ports.join(', ')} }\n`);
}
