/**
 * A YAML document as plain nodes that know their place in the file.
 *
 * Always holds: keys are strings and unique, aliases are followed, nothing refers to itself, and a
 * node's span is where a person would point when speaking of it.
 */
import type { Span } from './source.ts';

export type Scalar = string | number | bigint | boolean | null;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly span: Span;
  readonly value: Scalar;
  /** As written, before YAML gave it a type: `0x10`, `1e3`, `~`; empty when nothing is written. */
  readonly written: string;
  /** For an alias (`*x`): where the value itself stands. */
  readonly origin?: Span;
}

export interface ListNode {
  readonly kind: 'list';
  readonly span: Span;
  readonly items: readonly TreeNode[];
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly span: Span;
  readonly entries: ReadonlyMap<string, Entry>;
  /** A key of it could not be read, so none is known to be missing. */
  readonly damaged?: boolean;
}

export interface Entry {
  readonly key: Span;
  readonly value: TreeNode;
}

export type TreeNode = ScalarNode | ListNode | MappingNode;
export type Path = readonly PropertyKey[];

export function child(node: TreeNode | undefined, key: PropertyKey): TreeNode | undefined {
  if (node?.kind === 'mapping' && typeof key === 'string') return node.entries.get(key)?.value;
  if (node?.kind === 'list' && typeof key === 'number') return node.items[key];
  return undefined;
}

export function nodeAt(root: TreeNode, path: Path): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const key of path) node = child(node, key);
  return node;
}

/** The deepest node on the way along `path` that exists. */
export function nearestNode(root: TreeNode, path: Path): TreeNode {
  let node = root;
  for (const key of path) {
    const next = child(node, key);
    if (next === undefined) break;
    node = next;
  }
  return node;
}

/** The document as JSON-like data, for a schema to look at. */
export function plain(node: TreeNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'mapping':
      // fromEntries defines own properties, so that a key `__proto__` is a key like any other.
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
  }
}
