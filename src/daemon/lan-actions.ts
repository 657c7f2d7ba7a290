/** What the daemon asks and does on the LAN beside the plan: who is there, and who asks too much. */
import type { SiteConfig } from '../config/site.ts';
import { parseSeen } from '../dataplane/kernel/ip-json.ts';
import { parseMacAddress } from '../net/mac-address.ts';
import type { MacAddress } from '../net/mac-address.ts';
import { prefixContains } from '../net/prefix.ts';
import { NFT_TABLE } from '../plan/ids.ts';
import { GREEDY_SET } from '../plan/lan-protection.ts';
import type { Seen } from '../provision/host.ts';
import type { Lease } from '../provision/lease.ts';
import { run } from '../system/command.ts';

/** Everybody on these interfaces with whom packets were exchanged lately. */
export async function neighboursOn(interfaces: readonly string[]): Promise<readonly Seen[]> {
  const seen = parseSeen(await run(['ip', '-j', 'neigh', 'show']));
  return seen.flatMap(({ interface: name, address, mac: text }) => {
    const mac = parseMacAddress(text);
    return mac === undefined || !interfaces.includes(name) ? [] : [{ address, mac }];
  });
}

/** Its requests for addresses are dropped until the set's timeout. */
export async function ignoreHost(mac: MacAddress): Promise<void> {
  await run(['nft', 'add', 'element', 'inet', NFT_TABLE, GREEDY_SET, `{ ${mac} }`]);
}

/** In the host's name: the only way in which dnsmasq gives up a lease without being restarted. */
export async function releaseLease(site: SiteConfig, lease: Lease): Promise<void> {
  const subnet = site.wans
    .flatMap((wan) => wan.subnets)
    .find(({ prefix }) => prefixContains(prefix, lease.address));
  if (subnet === undefined || lease.mac === undefined) return;
  const client = lease.client === undefined ? [] : [lease.client];
  await run(['dhcp_release', subnet.interface, lease.address, lease.mac, ...client]);
}
