/**
 * What the daemon asks the kernel once in a while, beside what the kernel tells by itself.
 *
 * Always holds: reads only.
 */
import { routesBy } from '../dataplane/kernel/ip-show.ts';
import { DRAINED_BY_PEER_SET } from '../plan/firewall.ts';
import { ENGINE_PROTOCOL, NFT_TABLE } from '../plan/ids.ts';
import type { Route } from '../plan/resource.ts';
import { run } from '../system/command.ts';

/** The engine's routes in all tables. */
export function engineRoutes(): Promise<readonly Route[]> {
  return routesBy(ENGINE_PROTOCOL);
}

/** Which of these tunnels the peer announces as administratively down, as of now. */
export async function drainedByPeer(devices: readonly string[]): Promise<ReadonlySet<string>> {
  const argv = ['nft', '-j', 'list', 'set', 'inet', NFT_TABLE, DRAINED_BY_PEER_SET];
  // Without our table, somebody has just taken the site down.
  const text = await run(argv).catch(() => '');
  return new Set(devices.filter((device) => text.includes(`"${device}"`)));
}
