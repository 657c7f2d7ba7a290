/**
 * Our nftables table as it is, comparable with the one that is wanted.
 *
 * Always holds: the kernel prints rules in its own way, so beside the text that was loaded last is
 * kept what the kernel then printed of it. Where that says nothing, the wanted text is loaded into an
 * empty network namespace of its own and printed there; the machine's rules are never touched to
 * compare.
 */
import { createHash } from 'node:crypto';

import { WamptcpError } from '../../lib/errors.ts';
import { NFT_TABLE } from '../../plan/ids.ts';
import { run } from '../../system/command.ts';
import { readIfPresent, removeFile, writeAtomically } from '../../system/file.ts';

/** Without counters (`-s`), and without elements (`-t`): dynamic sets have what they learnt. */
const LIST = ['nft', '-s', '-t', 'list', 'table', 'inet', NFT_TABLE];

/** A set as the plan writes it or nft prints it. */
const SET = /^\tset (\S+) \{\n(.*?)^\t\}/gms;

/**
 * The text that is loaded, in our words where they are known; undefined: no table.
 * @param file of {@link rememberRuleset}
 */
export async function readRuleset(
  file: string,
  wanted: string | undefined,
): Promise<string | undefined> {
  const loaded = await list();
  if (loaded === undefined) return undefined;
  const known = await ourWordsFor(file, loaded);
  if (known !== undefined || wanted === undefined) return known ?? loaded;
  if ((await canonicalText(wanted)) !== loaded) return loaded;
  await remember(file, wanted, loaded);
  return wanted;
}

/** Keeps what was loaded just now; empty: nothing is. */
export async function rememberRuleset(file: string, ruleset: string): Promise<void> {
  const loaded = ruleset === '' ? undefined : await list();
  if (loaded === undefined) await removeFile(file);
  else await remember(file, ruleset, loaded);
}

/** Without room for it, it is compared in the long way. */
async function remember(file: string, ruleset: string, loaded: string): Promise<void> {
  await writeAtomically(file, `${mark(loaded)}\n${ruleset}`).catch(() => removeFile(file));
}

async function ourWordsFor(file: string, loaded: string): Promise<string | undefined> {
  const text = await readIfPresent(file);
  const first = `${mark(loaded)}\n`;
  return text?.startsWith(first) === true ? text.slice(first.length) : undefined;
}

function mark(loaded: string): string {
  return `# ${createHash('sha256').update(loaded).digest('hex')}`;
}

async function list(): Promise<string | undefined> {
  try {
    const table = await run(LIST);
    const sets = await Promise.all(listElements(table).map((command) => run(command)));
    return table + sets.join('');
  } catch (error) {
    if (error instanceof WamptcpError && /No such file/.test(error.message)) return undefined;
    throw error;
  }
}

async function canonicalText(wanted: string): Promise<string> {
  const commands = [['nft', '-f', '-'], LIST, ...listElements(wanted)];
  const script = commands.map((words) => words.map(quoted).join(' ')).join(' && ');
  return await run(['unshare', '--net', 'sh', '-c', script], { stdin: wanted });
}

/**
 * Commands that list what is in the sets of `table` that come with it. One each: of several in one command
 * nft 1.0.6 finds only one.
 */
function listElements(table: string): readonly (readonly string[])[] {
  return [...table.matchAll(SET)].flatMap(([, name = '', body = '']) =>
    /^\s*flags .*\bdynamic\b/m.test(body)
      ? []
      : [['nft', '-s', 'list', 'set', 'inet', NFT_TABLE, name]],
  );
}

function quoted(word: string): string {
  return `'${word}'`;
}
