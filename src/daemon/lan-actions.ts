/** What the daemon asks and does on the LAN beside the plan: who is there, and who asks too much. */
import { parseSeen } from '../dataplane/kernel/ip-json.ts';
import { parseMacAddress } from '../net/mac-address.ts';
import type { MacAddress } from '../net/mac-address.ts';
import { NFT_TABLE } from '../plan/ids.ts';
import { GREEDY_SET } from '../plan/lan-protection.ts';
import type { Seen } from '../provision/host.ts';
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
