/**
 * `ip … show` for both address families at once.
 *
 * Always holds: reads only; numbers, not names (`-N`), since /etc/iproute2 may give tables and
 * protocols any.
 */
import type { Family } from '../../net/address.ts';
import type { Route } from '../../plan/resource.ts';
import { run } from '../../system/command.ts';
import { familyFlag } from './command.ts';
import { parseRoutes } from './ip-json.ts';

/** What `parse` makes of the answers, IPv4 first. */
export async function showBoth<T>(
  words: readonly string[],
  parse: (json: string, family: Family) => readonly T[],
): Promise<readonly T[]> {
  const answers = await Promise.all(
    (['ipv4', 'ipv6'] as const).map(async (family) =>
      parse(await run(['ip', '-N', '-j', familyFlag(family), ...words]), family),
    ),
  );
  return answers.flat();
}

/** The routes of one `rtm_protocol` in all tables. */
export async function routesBy(protocol: string): Promise<readonly Route[]> {
  return await showBoth(['route', 'show', 'table', 'all', 'proto', protocol], parseRoutes);
}
