/**
 * Our nftables table as it is, comparable with the one that is wanted.
 *
 * Always holds: the kernel prints rules in its own way, so the wanted text is loaded into an empty
 * network namespace of its own and printed there; the machine's rules are never touched to compare.
 */
import { WamptcpError } from '../../lib/errors.ts';
import { NFT_TABLE } from '../../plan/ids.ts';
import { run } from '../../system/command.ts';

/** Without counters (`-s`) and without what a dynamic set has learnt (`-t`). */
const LIST = ['nft', '-s', '-t', 'list', 'table', 'inet', NFT_TABLE];

const canonical = new Map<string, string>();

/** The wanted text itself when it is what is loaded; else what is loaded; undefined: no table. */
export async function readRuleset(wanted: string | undefined): Promise<string | undefined> {
  const loaded = await list();
  if (loaded === undefined || wanted === undefined) return loaded;
  return (await canonicalText(wanted)) === loaded ? wanted : loaded;
}

async function list(): Promise<string | undefined> {
  try {
    return await run(LIST);
  } catch (error) {
    if (error instanceof WamptcpError && /No such file/.test(error.message)) return undefined;
    throw error;
  }
}

async function canonicalText(wanted: string): Promise<string> {
  const known = canonical.get(wanted);
  if (known !== undefined) return known;
  const text = await run(['unshare', '--net', 'sh', '-c', `nft -f - && ${LIST.join(' ')}`], {
    stdin: wanted,
  });
  // One entry per state of the overrides; a daemon that runs for years must not collect them.
  if (canonical.size > 32) canonical.clear();
  canonical.set(wanted, text);
  return text;
}
