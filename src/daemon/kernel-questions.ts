/**
 * What the daemon asks the kernel once in a while, beside what the kernel tells by itself.
 *
 * Always holds: reads only.
 */
import { routesBy } from '../dataplane/kernel/ip-show.ts';
import { parseStrangers } from '../monitor/strangers.ts';
import type { Stranger } from '../monitor/strangers.ts';
import { DRAINED_BY_PEER_SET } from '../plan/firewall.ts';
import { ENGINE_PROTOCOL, NFT_TABLE } from '../plan/ids.ts';
import type { Route } from '../plan/resource.ts';
import { strangerSet } from '../plan/tunnel-strangers.ts';
import { run } from '../system/command.ts';

/** The engine's routes in all tables. */
export function engineRoutes(): Promise<readonly Route[]> {
  return routesBy(ENGINE_PROTOCOL);
}

/** Which of these tunnels the peer announces as administratively down, as of now. */
export async function drainedByPeer(devices: readonly string[]): Promise<ReadonlySet<string>> {
  const text = await listSet(DRAINED_BY_PEER_SET);
  return new Set(devices.filter((device) => text.includes(`"${device}"`)));
}

/** Who sent packets of our tunnels during the last seconds without being the peer. */
export async function tunnelStrangers(): Promise<readonly Stranger[]> {
  const sets = await Promise.all([listSet(strangerSet('ipv4')), listSet(strangerSet('ipv6'))]);
  return sets.flatMap(parseStrangers);
}

/** Empty without our table, when somebody has just taken the site down, and without that set. */
async function listSet(name: string): Promise<string> {
  return await run(['nft', '-j', 'list', 'set', 'inet', NFT_TABLE, name]).catch(() => '');
}
