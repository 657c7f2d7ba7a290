/**
 * What the daemon asks the kernel once in a while, beside what the kernel tells by itself.
 *
 * Always holds: reads only.
 */
import { parseRoutes } from '../dataplane/kernel/ip-json.ts';
import { DRAINED_BY_PEER_SET } from '../plan/firewall.ts';
import { ENGINE_PROTOCOL, NFT_TABLE } from '../plan/ids.ts';
import type { Route } from '../plan/resource.ts';
import { run } from '../system/command.ts';

const FAMILIES = [
  ['ipv4', '-4'],
  ['ipv6', '-6'],
] as const;

/** The engine's routes in all tables. */
export async function engineRoutes(): Promise<readonly Route[]> {
  const families = await Promise.all(
    FAMILIES.map(async ([family, flag]) => {
      const argv = [
        'ip',
        '-N',
        '-j',
        flag,
        'route',
        'show',
        'table',
        'all',
        'proto',
        ENGINE_PROTOCOL,
      ];
      return parseRoutes(await run(argv), family);
    }),
  );
  return families.flat().filter((resource): resource is Route => resource.kind === 'route');
}

/** Which of these tunnels the peer announces as administratively down, as of now. */
export async function drainedByPeer(devices: readonly string[]): Promise<ReadonlySet<string>> {
  const argv = ['nft', '-j', 'list', 'set', 'inet', NFT_TABLE, DRAINED_BY_PEER_SET];
  // Without our table, somebody has just taken the site down.
  const text = await run(argv).catch(() => '');
  return new Set(devices.filter((device) => text.includes(`"${device}"`)));
}
