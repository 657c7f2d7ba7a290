/**
 * The nodes of the YAML reader → our own tree: plain, finite, each node with its place.
 *
 * Always holds: what a person slipped in is mended where the meaning is beyond doubt (a missing dash
 * before the next item), so that the rest can be examined; it is told all the same.
 */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Node, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';

import { harmless } from './problem.ts';
import type { Reporter, Source, Span } from './source.ts';
import type { Entry, MappingNode, TreeNode } from './tree.ts';

type AnyPair = Pair<Node | null, Node | null>;

const MAX_DEPTH = 32;
const MAX_NODES = 100_000;

class TooBig extends Error {}

export class TreeBuilder {
  readonly #source: Source;
  readonly #report: Reporter;
  readonly #anchors = new Map<string, TreeNode | 'open'>();
  readonly #sizes = new WeakMap<TreeNode, number>();

  constructor(source: Source, report: Reporter) {
    this.#source = source;
    this.#report = report;
  }

  build(root: ParsedNode): TreeNode | undefined {
    try {
      return this.#node(root, spanOf(root), 0);
    } catch (error) {
      if (error instanceof TooBig) return undefined;
      throw error;
    }
  }

  /** `keySpan` is where to point when nothing is written. */
  #node(node: Node | null, keySpan: Span, depth: number): TreeNode {
    if (isAlias(node)) return this.#alias(node.source, spanOf(node));
    const anchor = node !== null && 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const built = this.#built(node, keySpan, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #built(node: Node | null, keySpan: Span, depth: number): TreeNode {
    if (depth > MAX_DEPTH) {
      return this.#giveUp(
        node === null ? keySpan : spanOf(node),
        `nested more than ${MAX_DEPTH} levels deep`,
        'a site file needs four levels: look for brackets that are never closed',
      );
    }
    if (isMap(node)) return this.#mapping(node, node.items as AnyPair[], depth);
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => this.#items(item as Node | null, node, depth + 1));
      return this.#sized({ kind: 'list', span: spanOf(node), items }, items);
    }
    return this.#sized(this.#scalar(node as Scalar | null, keySpan), []);
  }

  #scalar(node: Scalar | null, keySpan: Span): TreeNode {
    if (node === null) return { kind: 'scalar', span: keySpan, value: null, written: '' };
    const span = spanOf(node);
    const { value } = node;
    const known =
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'bigint' ||
      typeof value === 'boolean';
    const written = node.source ?? '';
    if (value === null && span.start === span.end) {
      return { kind: 'scalar', span: keySpan, value, written };
    }
    return { kind: 'scalar', span, value: known ? value : written, written };
  }

  /** The item; or several, where the dash before the second is missing. */
  #items(item: Node | null, list: YAMLSeq, depth: number): TreeNode[] {
    if (isMap(item) && item.flow !== true) {
      const pairs = item.items as AnyPair[];
      const first = this.#keyText(pairs[0]?.key ?? null);
      const again = pairs.findIndex(
        ({ key }, index) => index > 0 && first !== undefined && this.#keyText(key) === first,
      );
      const second = pairs[again]?.key;
      if (second !== undefined && second !== null) {
        const span = spanOf(second);
        this.#report.error(
          span,
          `\`${harmless(first ?? '')}\` is given twice in one item of a list`,
          `if a new item begins here, put a dash before it: \`- ${harmless(first ?? '')}: …\``,
        );
        return [
          this.#mapping(item, pairs.slice(0, again), depth),
          this.#mapping(item, pairs.slice(again), depth),
        ];
      }
    }
    const start = item?.range?.[0] ?? spanOf(list).start;
    // Nothing after the dash: point at the dash.
    return [this.#node(item, { start: Math.max(0, start - 1), end: start }, depth)];
  }

  #mapping(map: YAMLMap, pairs: readonly AnyPair[], depth: number): MappingNode {
    const entries = new Map<string, Entry>();
    let damaged = false;
    for (const { key, value } of pairs) {
      const name = this.#keyText(key);
      const keySpan = key === null ? spanOf(value ?? map) : spanOf(key);
      if (name === undefined) {
        damaged = true;
        this.#report.error(
          keySpan,
          key === null ? 'there is no key before the colon' : 'a key must be a plain word',
          'write `key: value`; quote a value that contains `{`, `[` or `*`',
        );
        continue;
      }
      const first = entries.get(name);
      if (first !== undefined) {
        this.#report.error(
          keySpan,
          `\`${harmless(name)}\` is given twice; the first one is in line ${this.#source.lineAt(first.key)}`,
          'remove one of the two',
        );
        continue;
      }
      entries.set(name, { key: keySpan, value: this.#node(value, keySpan, depth + 1) });
    }
    const children = [...entries.values()].map((entry) => entry.value);
    const span = this.#mappingSpan(map, pairs);
    return this.#sized({ kind: 'mapping', span, entries, damaged }, children);
  }

  #alias(name: string, span: Span): TreeNode {
    const target = this.#anchors.get(name);
    if (target === undefined || target === 'open') {
      this.#report.error(
        span,
        target === 'open'
          ? `\`*${harmless(name)}\` refers to the very block it is in`
          : `\`*${harmless(name)}\` refers to nothing: there is no \`&${harmless(name)}\` above it`,
        'write the value itself here; if the text begins with `*`, put it in quotes',
      );
      this.#report.settle(span);
      return { kind: 'scalar', span, value: null, written: '' };
    }
    const copy: TreeNode =
      target.kind === 'scalar'
        ? { ...target, span, origin: target.origin ?? target.span }
        : { ...target, span };
    this.#sizes.set(copy, this.#sizes.get(target) ?? 1);
    return copy;
  }

  #keyText(key: Node | null): string | undefined {
    if (!isScalar(key) || key.value === null) return undefined;
    return typeof key.value === 'string' ? key.value : key.source;
  }

  /** A block mapping is pointed at by its first line, a `{…}` as a whole. */
  #mappingSpan(map: YAMLMap, pairs: readonly AnyPair[]): Span {
    const span = spanOf(map);
    const [first] = pairs;
    if (map.flow === true || first === undefined || first.key === null) return span;
    const key = spanOf(first.key);
    const value = isScalar(first.value) ? spanOf(first.value) : key;
    return { start: key.start, end: Math.max(key.end, value.end) };
  }

  #sized<T extends TreeNode>(node: T, children: readonly TreeNode[]): T {
    const size = children.reduce((sum, each) => sum + (this.#sizes.get(each) ?? 1), 1);
    this.#sizes.set(node, size);
    if (size > MAX_NODES) {
      this.#giveUp(
        node.span,
        `the aliases (\`*name\`) in here multiply to more than ${MAX_NODES} values`,
        'write the values out instead of using aliases',
      );
    }
    return node;
  }

  #giveUp(span: Span, message: string, cure: string): never {
    this.#report.error(span, message, cure);
    throw new TooBig();
  }
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
