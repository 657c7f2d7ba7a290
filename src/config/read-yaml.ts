/**
 * Text → tree of nodes, or the syntax errors in it.
 *
 * Always holds: a tree that comes out is finite and small (aliases cannot multiply it), YAML 1.2
 * (`yes`, `1:30` and `<<` mean nothing special), and duplicate keys have been reported.
 */
import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair, ParsedNode, Scalar, YAMLMap } from 'yaml';

import { harmless } from './problem.ts';
import type { Reporter, Source, Span } from './source.ts';
import type { Entry, TreeNode } from './tree.ts';
import { reportSyntax } from './yaml-syntax.ts';

const MAX_CHARACTERS = 1024 * 1024;
/** YAML readers take time that grows with the square of some lengths; no site file has such lines. */
const MAX_LINE = 8192;
const MAX_DEPTH = 32;
const MAX_NODES = 100_000;

/** The tree, or undefined when the text has no usable one; everything wrong goes to `report`. */
export function readYaml(source: Source, report: Reporter): TreeNode | undefined {
  if (!looksLikeText(source, report)) return undefined;
  let document: Document.Parsed;
  try {
    document = parseDocument(source.text, {
      version: '1.2',
      prettyErrors: false,
      uniqueKeys: false, // reported by us, so that the rest of the file is examined too
      resolveKnownTags: false,
      keepSourceTokens: true,
      logLevel: 'silent',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.error(
      { start: 0, end: 1 },
      'the file is nested too deeply to read',
      'a site file needs four levels: start from one of examples/',
    );
    return undefined;
  }
  reportSyntax(document, source, report);
  if (report.failed) return undefined;
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) {
    report.error(
      { start: 0, end: 1 },
      'the file is empty',
      'start from examples/smallest.yaml, which has fewer than 15 lines',
    );
    return undefined;
  }
  return new TreeBuilder(source, report).build(root);
}

function looksLikeText(source: Source, report: Reporter): boolean {
  const { text } = source;
  if (text.length > MAX_CHARACTERS) {
    report.error(
      { start: 0, end: 1 },
      'the file is larger than 1 MiB, which no site needs',
      'give the YAML file of one gateway',
    );
    return false;
  }
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    report.error(
      { start: control.index, end: control.index + 1 },
      `the file contains the control character U+${code}, so it is not a text file`,
      'save it as UTF-8 text; if you see nothing odd there, retype the line',
    );
    return false;
  }
  let start = 0;
  for (const line of text.split('\n')) {
    if (line.length > MAX_LINE) {
      report.error(
        { start, end: start + 1 },
        `this line has ${line.length} characters; a site file may have ${MAX_LINE} in one line`,
        'break it into several lines: one list item or key per line',
      );
      return false;
    }
    start += line.length + 1;
  }
  return true;
}

class TooBig extends Error {}

class TreeBuilder {
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
    if (isMap(node)) {
      const span = this.#mappingSpan(node);
      const entries = this.#entries(node, depth);
      return this.#sized(
        { kind: 'mapping', span, entries },
        [...entries.values()].map((e) => e.value),
      );
    }
    if (isSeq(node)) {
      const items = node.items.map((item) =>
        this.#node(item as Node | null, spanOf(node), depth + 1),
      );
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

  #alias(name: string, span: Span): TreeNode {
    const target = this.#anchors.get(name);
    if (target === undefined || target === 'open') {
      return this.#giveUp(
        span,
        target === 'open'
          ? `\`*${harmless(name)}\` refers to the very block it is in`
          : `\`*${harmless(name)}\` refers to nothing: there is no \`&${harmless(name)}\` above it`,
        'write the value itself here; if the text begins with `*`, put it in quotes',
      );
    }
    const copy = { ...target, span };
    this.#sizes.set(copy, this.#sizes.get(target) ?? 1);
    return copy;
  }

  #entries(map: YAMLMap, depth: number): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      const { key, value } = pair;
      const name = this.#keyText(key);
      const keySpan = key === null ? spanOf(value ?? map) : spanOf(key);
      if (name === undefined) {
        this.#report.error(
          keySpan,
          'a key must be a plain word',
          'write `key: value`; quote a value that contains `{`, `[` or `*`',
        );
        continue;
      }
      const first = entries.get(name);
      if (first !== undefined) {
        const { line } = this.#source.problem('error', first.key, '', '');
        this.#report.error(
          keySpan,
          `\`${harmless(name)}\` is given twice; the first one is in line ${line}`,
          'remove one of the two, or give the second item of a list its own `-`',
        );
        continue;
      }
      entries.set(name, { key: keySpan, value: this.#node(value, keySpan, depth + 1) });
    }
    return entries;
  }

  #keyText(key: Node | null): string | undefined {
    if (!isScalar(key) || key.value === null) return undefined;
    return typeof key.value === 'string' ? key.value : key.source;
  }

  /** A block mapping is pointed at by its first line, a `{…}` as a whole. */
  #mappingSpan(map: YAMLMap): Span {
    const span = spanOf(map);
    const first = map.items[0] as Pair<Node | null, Node | null> | undefined;
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
