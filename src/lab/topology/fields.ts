/**
 * One block of keys of a topology file, read key by key.
 *
 * Always holds: whatever is wrong is reported once, with its place; what comes back is good, or
 * undefined because it is absent or bad.
 */
import type { At } from '../../config/draft.ts';
import { readNode, quoted } from '../../config/kind.ts';
import type { Kind } from '../../config/kind.ts';
import { nearest } from '../../config/nearest.ts';
import type { Reporter, Span } from '../../config/source.ts';
import type { MappingNode, TreeNode } from '../../config/tree.ts';

export class Fields {
  readonly span: Span;
  readonly #node: MappingNode;
  readonly #what: string;
  readonly #report: Reporter;

  private constructor(node: MappingNode, what: string, span: Span, report: Reporter) {
    this.#node = node;
    this.#what = what;
    this.#report = report;
    this.span = span;
  }

  /** `what` is named in problems; keys that are not `known` are reported. */
  static read(
    node: TreeNode,
    what: string,
    known: readonly string[],
    report: Reporter,
    span = node.span,
  ): Fields | undefined {
    if (node.kind !== 'mapping') {
      report.error(
        span,
        `${what} must be a block of keys`,
        `write its keys below it, indented: ${known.join(', ')}`,
      );
      return undefined;
    }
    for (const [key, entry] of node.entries) {
      if (known.includes(key)) continue;
      const guess = nearest(key, known);
      report.error(
        entry.key,
        `unknown key ${quoted(key)} in ${what}`,
        guess === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${guess}\`?`,
      );
    }
    return new Fields(node, what, span, report);
  }

  has(key: string): boolean {
    return this.#node.entries.has(key);
  }

  /** Where to point when speaking of a key, or of the block when the key is absent. */
  at(key: string): Span {
    return this.#node.entries.get(key)?.value.span ?? this.span;
  }

  node(key: string): TreeNode | undefined {
    return this.#node.entries.get(key)?.value;
  }

  value<T>(key: string, kind: Kind<T>): At<T> | undefined {
    const node = this.node(key);
    return node === undefined ? undefined : readValue(node, kind, this.#report);
  }

  required<T>(key: string, kind: Kind<T>): At<T> | undefined {
    if (this.has(key)) return this.value(key, kind);
    this.missing(key, kind.example);
    return undefined;
  }

  missing(key: string, example: string): void {
    this.#report.error(
      this.span,
      `\`${key}\` is missing in ${this.#what}`,
      `add \`${key}: ${example}\``,
    );
  }

  /** `plural: [a, b]`, or `singular: a` for one; empty when neither is there. */
  list<T>(plural: string, singular: string, kind: Kind<T>): readonly At<T>[] {
    const one = this.node(singular);
    const many = this.node(plural);
    if (one !== undefined && many !== undefined) {
      this.#report.error(one.span, `both \`${singular}\` and \`${plural}\``, `use one of them`);
    }
    if (many !== undefined && many.kind !== 'list') {
      this.#report.error(many.span, `\`${plural}\` must be a list`, 'write `[one, two]`');
    }
    const nodes = [
      ...(one === undefined ? [] : [one]),
      ...(many?.kind === 'list' ? many.items : []),
    ];
    return nodes.flatMap((node) => readValue(node, kind, this.#report) ?? []);
  }

  /** The blocks under a key, by name; each name is checked. */
  named(key: string, kind: Kind<string>): readonly { name: At<string>; node: TreeNode }[] {
    const node = this.node(key);
    if (node === undefined) return [];
    if (node.kind !== 'mapping') {
      this.#report.error(
        this.at(key),
        `\`${key}\` must be a block of names`,
        'write `NAME: { … }` below it',
      );
      return [];
    }
    return [...node.entries].flatMap(([name, entry]) => {
      const read = kind.read(name, name);
      if (read.ok) return [{ name: { value: read.value, span: entry.key }, node: entry.value }];
      this.#report.error(entry.key, read.error.message, read.error.cure);
      return [];
    });
  }
}

export function readValue<T>(node: TreeNode, kind: Kind<T>, report: Reporter): At<T> | undefined {
  const read = readNode(kind, node);
  if (read.ok) return { value: read.value, span: node.span };
  report.error(node.span, read.error.message, read.error.cure);
  return undefined;
}
