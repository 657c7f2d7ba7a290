/**
 * What others let nftables do on this machine, also by iptables-nft.
 *
 * Always holds: reads only; our own tables, which are long on a hub, are not read.
 */
import { z } from 'zod';

import { NFT_TABLE } from '../../plan/ids.ts';
import { run } from '../../system/command.ts';

const listing = z.object({ nftables: z.array(z.unknown()) });
const item = z.object({ table: z.object({ family: z.string(), name: z.string() }) });

/** As JSON per table, without what is in sets: that may be a great deal. What cannot be read is left out. */
export async function foreignRulesets(): Promise<readonly string[]> {
  const tables = await run(['nft', '-j', 'list', 'tables']).then(foreignTables, () => []);
  const texts: string[] = [];
  for (const { family, name } of tables) {
    const text = await run(['nft', '-j', '-t', 'list', 'table', family, name]).catch(() => '');
    if (text !== '') texts.push(text);
  }
  return texts;
}

/** `nft -j list tables`. */
export function foreignTables(
  json: string,
): readonly { readonly family: string; readonly name: string }[] {
  return listing
    .parse(JSON.parse(json))
    .nftables.flatMap((raw) => item.safeParse(raw).data?.table ?? [])
    .filter(({ family, name }) => ['ip', 'ip6', 'inet'].includes(family) && !isOurs(name));
}

/** Also the tables that a process of the proxy owns. */
function isOurs(table: string): boolean {
  return table === NFT_TABLE || table.startsWith(`${NFT_TABLE}_`);
}
