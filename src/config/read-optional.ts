/** A block that turns something on by being there, or that is one word: `on` or `off`. */
import type { Setting } from './draft.ts';
import { Block, readAt } from './draft-block.ts';
import type { DraftContext } from './draft-block.ts';
import { FLAG } from './kind.ts';
import type { Span } from './source.ts';

export interface OptionalBlock {
  /** Of the key; undefined: it is not there. */
  readonly span: Span | undefined;
  /** Empty where one word stands for it: `on` says all that a block without keys says. */
  readonly block: Block;
  readonly enabled: Setting<boolean> | undefined;
}

/** @param preset what `enabled` is in a block that does not say; without the block it is off. */
export function readOptional(
  file: Block,
  key: string,
  preset: boolean,
  context: DraftContext,
): OptionalBlock {
  const entry = file.entry(key);
  const flag = entry?.value.kind === 'scalar' ? readAt(FLAG, entry.value) : undefined;
  if (flag !== undefined) {
    const block = new Block(undefined, flag.span, context);
    return { span: entry?.key, block, enabled: { ...flag, given: true } };
  }
  const block = file.block(key);
  const enabled = block.setting('enabled', FLAG, preset);
  return {
    span: entry?.key,
    block,
    enabled: entry === undefined && enabled !== undefined ? { ...enabled, value: false } : enabled,
  };
}
