/**
 * The engine's routes: whether the kernel has one for each prefix in each table, and how they come back.
 *
 * Always holds: the engine itself looks at the kernel only every 20 seconds, and is not told of a route
 * that goes with the last address of an interface.
 */
import type { SiteConfig } from '../config/site.ts';
import { enginePid, rewriteRoutes } from '../dataplane/kernel/engine.ts';
import { planDirect } from '../plan/direct-path.ts';
import type { Facts } from '../plan/facts.ts';
import { planForwarding } from '../plan/forwarding.ts';
import type { ForwardingTable } from '../plan/forwarding.ts';
import { planPaths } from '../plan/path.ts';
import type { Route } from '../plan/resource.ts';
import type { RunDirectory } from '../system/run-directory.ts';

/**
 * @param found the engine's routes in the kernel
 * @returns what was missing and is back, in words; undefined: nothing was missing.
 */
export async function restoreEngineRoutes(
  directory: RunDirectory,
  site: SiteConfig,
  facts: Facts,
  found: readonly Route[],
): Promise<string | undefined> {
  const tables = planForwarding(site, planPaths(site), planDirect(site, facts).paths);
  const missing = missingRoutes(tables, found);
  if (missing.length === 0 || (await enginePid(directory)) === undefined) return undefined;
  await rewriteRoutes(directory);
  const [first] = missing;
  return missing.length === 1
    ? `route ${first ?? ''} was gone and is back`
    : `${missing.length} routes of the path engine were gone and are back`;
}

/** `PREFIX in table N` of each route that the engine should keep in the kernel and that is not there. */
export function missingRoutes(
  tables: readonly ForwardingTable[],
  found: readonly Route[],
): readonly string[] {
  const there = new Set(
    found.map(({ table, family, destination }) => keyOf(table, family, destination)),
  );
  return tables.flatMap(({ table, family, routes, direct }) => {
    const wanted = [
      ...routes.map(({ prefix }) => prefix as string),
      ...(direct === undefined ? [] : ['default']),
    ];
    return [...new Set(wanted)]
      .filter((prefix) => !there.has(keyOf(table, family, prefix)))
      .map((prefix) => `${prefix} in table ${table}`);
  });
}

function keyOf(table: number, family: string, prefix: string): string {
  return `${table} ${family} ${/^(0\.0\.0\.0|::)\/0$/.test(prefix) ? 'default' : prefix}`;
}
