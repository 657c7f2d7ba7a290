/**
 * From one text of our nftables table to another with as little as possible; pure.
 *
 * Always holds: one transaction; what is not said to change is not touched, so its sets keep what they
 * have learnt and its counters what they have counted.
 */
import { NFT_TABLE } from '../../plan/ids.ts';

const TABLE = `inet ${NFT_TABLE}`;

/** The old table goes and the new one comes, or neither. */
export function rulesetLoad(ruleset: string): string {
  return `table ${TABLE}\ndelete table ${TABLE}\n${ruleset}`;
}

/** Only the chains whose rules differ; the whole table where something else differs. */
export function rulesetUpdate(before: string, after: string): string {
  const [old, next] = [blocksOf(before), blocksOf(after)];
  if (old?.length !== next?.length || next === undefined) return rulesetLoad(after);
  const changed: Block[] = [];
  for (const [index, block] of next.entries()) {
    const one = old?.[index];
    if (one?.head !== block.head || one.hook !== block.hook) return rulesetLoad(after);
    if (one.text === block.text) continue;
    if (block.chain === undefined) return rulesetLoad(after);
    changed.push(block);
  }
  return [
    ...changed.map(({ chain }) => `flush chain ${TABLE} ${chain ?? ''}\n`),
    `table ${TABLE} {\n`,
    ...changed.map(({ text }) => text),
    '}\n',
  ].join('');
}

interface Block {
  /** `\tchain input {`. */
  readonly head: string;
  /** Undefined: a set. */
  readonly chain: string | undefined;
  /** What a chain is called by; its rules can be changed, this cannot. */
  readonly hook: string | undefined;
  readonly text: string;
}

/** Undefined: it is not written as the plan writes it. */
function blocksOf(ruleset: string): readonly Block[] | undefined {
  const body = /^table inet \w+ \{\n((?:\t.*\n)*)\}\n$/.exec(ruleset)?.[1];
  if (body === undefined) return undefined;
  const blocks = body.match(/^\t\w.*\{\n(?:\t\t.*\n)*\t\}\n/gm) ?? [];
  if (blocks.join('') !== body) return undefined;
  return blocks.map((text) => {
    const head = text.slice(0, text.indexOf('\n'));
    return {
      head,
      chain: /^\tchain (\S+) \{$/.exec(head)?.[1],
      hook: /^\t\ttype .*$/m.exec(text)?.[0],
      text,
    };
  });
}
