/**
 * Our nftables table as it is, comparable with the one that is wanted.
 *
 * Always holds: the kernel prints rules in its own way, so the wanted text is loaded into an empty
 * network namespace of its own and printed there; the machine's rules are never touched to compare.
 */
import { WamptcpError } from '../../lib/errors.ts';
import { NFT_TABLE } from '../../plan/ids.ts';
import { run } from '../../system/command.ts';

/** Without counters (`-s`), and without elements (`-t`): dynamic sets have what they learnt. */
const LIST = ['nft', '-s', '-t', 'list', 'table', 'inet', NFT_TABLE];

/** A set as the plan writes it or nft prints it. */
const SET = /^\tset (\S+) \{\n(.*?)^\t\}/gms;

const canonical = new Map<string, string>();

/** The wanted text itself when it is what is loaded; else what is loaded; undefined: no table. */
export async function readRuleset(wanted: string | undefined): Promise<string | undefined> {
  const loaded = await list();
  if (loaded === undefined || wanted === undefined) return loaded;
  return (await canonicalText(wanted)) === loaded ? wanted : loaded;
}

async function list(): Promise<string | undefined> {
  try {
    const table = await run(LIST);
    const elements = await Promise.all(listsOfElements(table).map((list) => run(list)));
    return [table, ...elements].join('');
  } catch (error) {
    if (error instanceof WamptcpError && /No such file/.test(error.message)) return undefined;
    throw error;
  }
}

async function canonicalText(wanted: string): Promise<string> {
  const known = canonical.get(wanted);
  if (known !== undefined) return known;
  const commands = [['nft', '-f', '-'], LIST, ...listsOfElements(wanted)];
  const script = commands.map((words) => words.map(quoted).join(' ')).join(' && ');
  const text = await run(['unshare', '--net', 'sh', '-c', script], { stdin: wanted });
  // One entry per state of the overrides; a daemon that runs for years must not collect them.
  if (canonical.size > 32) canonical.clear();
  canonical.set(wanted, text);
  return text;
}

/**
 * Commands that list what is in the sets of `table` that come with it. One each: nft 1.0.6 finds only the
 * last set of a command that lists several.
 */
function listsOfElements(table: string): readonly (readonly string[])[] {
  return [...table.matchAll(SET)].flatMap(([, name = '', body = '']) =>
    /^\s*flags .*\bdynamic\b/m.test(body)
      ? []
      : [['nft', '-s', 'list', 'set', 'inet', NFT_TABLE, name]],
  );
}

function quoted(word: string): string {
  return `'${word}'`;
}
