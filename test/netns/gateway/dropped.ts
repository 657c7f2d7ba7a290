/** What a gateway's filter has dropped, rule by rule. */
import assert from 'node:assert/strict';
import type { Namespace } from './namespace.ts';

/** Packets that the rule with these words has dropped, in this chain. */
export async function dropped(
  namespace: Namespace,
  chain: string,
  ...words: readonly string[]
): Promise<number> {
  const text = await namespace.run('nft', 'list', 'chain', 'inet', 'wamptcp', chain);
  const lines = text
    .split('\n')
    .filter((line) => line.includes('counter') && words.every((word) => line.includes(word)));
  assert.equal(lines.length, 1, `one rule with ${words.join(', ')} in\n${text}`);
  return Number(/packets (\d+)/.exec(lines[0]!)?.[1]);
}

/** What no other rule has taken. */
export async function droppedAtTheEnd(namespace: Namespace, chain: string): Promise<number> {
  const text = await namespace.run('nft', 'list', 'chain', 'inet', 'wamptcp', chain);
  return Number(/^\s*counter packets (\d+)/m.exec(text)?.[1]);
}
