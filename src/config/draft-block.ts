/**
 * One block of keys of a site file, read value by value.
 *
 * Always holds: it reports nothing but a list given in both its forms; everything else that is bad
 * was reported by the shape, and is left out here.
 */
import type { At, DraftList, Setting } from './draft.ts';
import { readNode } from './kind.ts';
import type { Kind } from './kind.ts';
import type { Meant } from './shape-problems.ts';
import type { Reporter, Span } from './source.ts';
import type { Entry, MappingNode, TreeNode } from './tree.ts';

export interface DraftContext {
  readonly meant: Meant;
  readonly report: Reporter;
}

export class Block {
  readonly span: Span;
  /** Undefined: the block is absent. */
  readonly node: MappingNode | undefined;
  /** Something else stands where the block should be, so nothing of it is known. */
  readonly #unreadable: boolean;
  readonly #context: DraftContext;

  constructor(node: TreeNode | undefined, span: Span, context: DraftContext) {
    this.span = node?.span ?? span;
    this.node = node?.kind === 'mapping' ? node : undefined;
    this.#unreadable = node !== undefined && node.kind !== 'mapping';
    this.#context = context;
  }

  entry(key: string): Entry | undefined {
    return this.node?.entries.get(key);
  }

  block(key: string): Block {
    const entry = this.entry(key);
    const unreadable = this.#unreadable || (entry === undefined && this.#meant(key));
    // A scalar of our own making stands for what cannot be read.
    const node: TreeNode | undefined = unreadable
      ? { kind: 'scalar', span: this.span, value: null, written: '' }
      : entry?.value;
    return new Block(node, entry?.key ?? this.span, this.#context);
  }

  /** Undefined: absent or bad. */
  value<T>(key: string, kind: Kind<T>): At<T> | undefined {
    const node = this.entry(key)?.value;
    return node === undefined ? undefined : readAt(kind, node);
  }

  /** Undefined: bad. */
  setting<T>(key: string, kind: Kind<T>, preset: T): Setting<T> | undefined {
    if (this.#unreadable) return undefined;
    const node = this.entry(key)?.value;
    if (node === undefined) {
      return this.#meant(key) ? undefined : { value: preset, span: this.span, given: false };
    }
    const read = readAt(kind, node);
    return read === undefined ? undefined : { ...read, given: true };
  }

  /** A list that may be written `plural: [a, b]` or, for one item, `singular: a`. */
  list<T>(
    plural: string,
    singular: string | undefined,
    read: (node: TreeNode) => T | undefined,
  ): DraftList<T> {
    const many = this.entry(plural);
    const one = singular === undefined ? undefined : this.entry(singular);
    if (many !== undefined && one !== undefined) {
      const later = many.key.start > one.key.start ? many : one;
      this.#context.report.error(
        later.key,
        `both \`${String(singular)}\` and \`${plural}\` are given`,
        `put all of them into \`${plural}\`, and remove \`${String(singular)}\``,
      );
    }
    const both = many !== undefined && one !== undefined;
    const given = many !== undefined || one !== undefined;
    const nodes = [
      ...(one === undefined || both ? [] : [one.value]),
      ...(many?.value.kind === 'list' ? many.value.items : []),
    ];
    const items = nodes.map(read);
    const misread =
      this.#unreadable ||
      both ||
      (many !== undefined && many.value.kind !== 'list') ||
      this.#meant(plural) ||
      (singular !== undefined && this.#meant(singular)) ||
      items.includes(undefined);
    return { items: items.filter((item) => item !== undefined), complete: !misread, given };
  }

  /** As {@link list}; an empty one has been told. */
  nonEmpty<T>(key: string, read: (node: TreeNode) => T | undefined): DraftList<T> {
    const list = this.list(key, undefined, read);
    return { ...list, complete: list.complete && (list.items.length > 0 || !list.given) };
  }

  /** As {@link list}; that it is missing or empty has been told, too. */
  required<T>(key: string, read: (node: TreeNode) => T | undefined): DraftList<T> {
    const list = this.list(key, undefined, read);
    return { ...list, complete: list.complete && list.items.length > 0 };
  }

  #meant(key: string): boolean {
    return this.node !== undefined && this.#context.meant.get(this.node)?.has(key) === true;
  }
}

export function readAt<T>(kind: Kind<T>, node: TreeNode): At<T> | undefined {
  const read = readNode(kind, node);
  return read.ok ? { value: read.value, span: node.span } : undefined;
}
