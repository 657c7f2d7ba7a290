/**
 * What is wrong with the shape of a site file: values of another kind, missing and unknown keys.
 *
 * Always holds: one slip gives one problem. A misspelt required key is told as unknown, not again
 * as missing; the keys so meant are given back, for later rules to keep silent about.
 */
import type { z } from 'zod';

import { asBlock, asList, blockAt } from './json-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { quoted, readNode } from './kind.ts';
import type { Kind } from './kind.ts';
import { siteShape } from './shape.ts';
import type { Reporter } from './source.ts';
import { nodeAt, plain } from './tree.ts';
import type { MappingNode, Path, TreeNode } from './tree.ts';
import { placeName, reportUnknownKeys } from './unknown-keys.ts';

/** Per block: keys that are absent but were probably meant by a misspelt one. */
export type Meant = ReadonlyMap<MappingNode, ReadonlySet<string>>;

type Issue = z.core.$ZodIssue;

/** An issue of the shape, at its place in the file. */
interface Placed {
  readonly path: Path;
  readonly issue: Issue;
  /** The value has none of several possible forms. */
  readonly forms?: readonly string[];
}

export function reportShape(root: TreeNode, report: Reporter): Meant {
  const issues = siteShape.safeParse(plain(root)).error?.issues ?? [];
  const placed = issues.flatMap((issue) => place(issue, []));
  const meant = new Map<MappingNode, Set<string>>();
  for (const { issue, path } of placed) {
    if (issue.code === 'unrecognized_keys') {
      reportUnknownKeys(issue.keys, path, nodeAt(root, path), report, meant);
    }
  }
  const missing = new Map<MappingNode, Path[]>();
  for (const each of placed) {
    if (each.issue.code === 'unrecognized_keys') continue;
    const node = nodeAt(root, each.path);
    if (node !== undefined) reportValue(each, node, root, report);
    else {
      const parent = nodeAt(root, each.path.slice(0, -1));
      if (parent?.kind !== 'mapping' || parent.damaged === true) continue;
      if (meant.get(parent)?.has(String(each.path.at(-1))) === true) continue;
      missing.set(parent, [...(missing.get(parent) ?? []), each.path]);
    }
  }
  for (const [block, paths] of missing) reportMissing(block, paths, report);
  return meant;
}

/** Of several forms a value may have, only the one that was tried counts. */
function place(issue: Issue, base: Path): Placed[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const tried = issue.errors.find((issues) => !issues.some(isOtherForm));
  if (tried !== undefined) return tried.flatMap((each) => place(each, path));
  const forms = issue.errors.map(([first]) =>
    first?.code === 'custom' ? first.message : 'a block of keys',
  );
  return [{ issue, path, forms }];
}

function isOtherForm(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === 'invalid_type' || (issue.code === 'custom' && issue.params?.['scalar'] === false)
  );
}

function reportValue(
  { issue, path, forms }: Placed,
  node: TreeNode,
  root: TreeNode,
  report: Reporter,
): void {
  if (issue.code === 'custom' && node.kind === 'scalar') {
    reportScalar(issue.params?.['kind'] as Kind<unknown>, path, node, report);
    return;
  }
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    if (node.kind === 'list') reportLength(issue, path, node.items, node, report);
    return;
  }
  const list = issue.code === 'invalid_type' && issue.expected === 'array';
  const kind = issue.code === 'custom' ? (issue.params?.['kind'] as Kind<unknown>) : undefined;
  const expected = forms?.join(' or ') ?? kind?.what ?? (list ? 'a list' : 'a block of keys');
  const found =
    node.kind === 'list'
      ? 'a list'
      : node.kind === 'mapping'
        ? 'a block of keys'
        : node.value === null
          ? 'nothing'
          : quoted(node.written.split('\n', 1)[0] ?? '');
  const cure =
    node.kind === 'list' && !list
      ? cureForList(path, node.items)
      : list
        ? cureForNoList(path, node)
        : cureForBlock(path, kind);
  const parent = nodeAt(root, path.slice(0, -1));
  const removable = found === 'nothing' && !isRequired(path) && parent?.kind === 'mapping';
  report.error(
    node.span,
    `expected ${expected}${placeOfValue(path)}, found ${found}`,
    removable ? `${cure}; or remove the line` : cure,
  );
}

function reportScalar(
  kind: Kind<unknown>,
  path: Path,
  node: TreeNode & { kind: 'scalar' },
  report: Reporter,
): void {
  const read = readNode(kind, node);
  if (read.ok) return;
  let { cure } = read.error;
  if (node.value === null && !isRequired(path)) cure += ', or remove the line';
  if (/\S#/.test(node.written)) cure += '; a comment needs a space before its `#`';
  if (/[“”„‘’«»]/.test(node.written)) cure += '; quotes are written `"…"`';
  report.error(node.origin ?? node.span, read.error.message, cure);
}

function reportLength(
  issue: Issue & { code: 'too_big' | 'too_small' },
  path: Path,
  items: readonly TreeNode[],
  node: TreeNode,
  report: Reporter,
): void {
  const name = `\`${String(path.at(-1))}\``;
  if (issue.code === 'too_small') {
    report.error(node.span, `${name} is an empty list`, 'add at least one item');
    return;
  }
  const most = Number(issue.maximum);
  report.error(
    items[most]?.span ?? node.span,
    path.at(-1) === 'wans'
      ? `${items.length} WANs, but the kernel gives a connection at most ${most} subflows`
      : `${items.length} items in ${name}, where ${most} are possible`,
    `remove ${items.length - most} of them`,
  );
}

function reportMissing(block: MappingNode, paths: readonly Path[], report: Reporter): void {
  const keys = paths.map((path) => String(path.at(-1)));
  const [first] = paths;
  if (first === undefined) return;
  const named = keys.map((key) => `\`${key}\``);
  const list =
    named.length === 1 ? named[0] : `${named.slice(0, -1).join(', ')} and ${String(named.at(-1))}`;
  const additions = paths.map((path) => `\`${lineFor(path)}\``).join(', ');
  const description = (schemaAt(first)?.description ?? '').replace(/\.$/, '');
  report.error(
    block.span,
    `${String(list)} ${keys.length === 1 ? 'is' : 'are'} missing${placeName(first.slice(0, -1))}`,
    keys.length === 1 && description !== ''
      ? `add ${additions}: ${lowerFirst(description)}`
      : `add ${additions}`,
  );
}

/** A line that would give the key at `path` a value. */
function lineFor(path: Path): string {
  const example = exampleOf(schemaAt(path));
  return `${String(path.at(-1))}: ${example ?? '…'}`;
}

function exampleOf(schema: JsonSchema | undefined): string | undefined {
  const forms = [schema, ...(schema?.anyOf ?? [])];
  const examples = forms.flatMap((each) => [
    ...(each?.examples ?? []),
    ...(each?.default === undefined ? [] : [each.default]),
  ]);
  return examples[0]?.toString();
}

function schemaAt(path: Path): JsonSchema | undefined {
  const key = path.at(-1);
  const block = blockAt(path.slice(0, -1));
  return typeof key === 'string' ? block?.properties?.[key] : undefined;
}

function isRequired(path: Path): boolean {
  const key = path.at(-1);
  return typeof key !== 'string' || blockAt(path.slice(0, -1))?.required?.includes(key) === true;
}

/** A list was written where one value, or a block, is expected. */
function cureForList(path: Path, items: readonly TreeNode[]): string {
  const key = String(path.at(-1));
  const written = items.map((item) => (item.kind === 'scalar' ? item.written : '…')).slice(0, 3);
  const flow = `[${written.join(', ')}]`;
  if (asBlock(schemaAt(path))?.properties?.['interfaces'] !== undefined) {
    return `write \`${key}: { interfaces: ${quoted(flow).slice(1, -1)} }\``;
  }
  const plural = [`${key}s`, `${key}es`].find(
    (each) => blockAt(path.slice(0, -1))?.properties?.[each] !== undefined,
  );
  if (plural !== undefined) return `\`${key}\` takes one; a list goes into \`${plural}\``;
  if (path.length === 0) return cureForBlock(path, undefined);
  const example = exampleOf(schemaAt(path));
  return example === undefined
    ? cureForBlock(path, undefined)
    : `write one, such as \`${key}: ${example}\``;
}

/** Something else was written where a list is expected. */
function cureForNoList(path: Path, node: TreeNode): string {
  const key = String(path.at(-1));
  const items = asList(schemaAt(path))?.items;
  // An item that may also be a single value is best written so.
  const item = items?.anyOf === undefined ? asBlock(items) : undefined;
  if (node.kind === 'mapping') {
    const [first] = node.entries.keys();
    if (item === undefined || first === undefined)
      return 'write `[one, two]`, or each item on its own line after `- `';
    return item.properties?.[first] !== undefined
      ? `put a dash before the first key of each item: \`- ${first}: …\``
      : `make each an item of a list: \`- ${itemLine(item)}\``;
  }
  if (item !== undefined) return `write a list of blocks, each like \`- ${itemLine(item)}\``;
  const value = node.kind === 'scalar' && node.value !== null ? node.written : undefined;
  return value === undefined || value.length > 60
    ? `write a list, such as \`${key}: [one, two]\``
    : `write a list: \`${key}: [${quoted(value).slice(1, -1)}]\``;
}

function cureForBlock(path: Path, kind: Kind<unknown> | undefined): string {
  if (path.length === 0)
    return 'start from examples/smallest.yaml: `site: …`, `lan: …`, `wans: …`, `peers: …`';
  const block = blockAt(path);
  if (block === undefined)
    return kind === undefined ? 'remove it' : `write ${kind.what}, such as \`${kind.example}\``;
  return `write its keys, as in \`${itemLine(block)}\``;
}

/** `{ wan: fibre, remote: 203.0.113.1 }`: the required keys of a block, or else its first. */
function itemLine(block: JsonSchema): string {
  const keys = block.required ?? Object.keys(block.properties ?? {}).slice(0, 1);
  const pairs = keys.map((key) => `${key}: ${exampleOf(block.properties?.[key]) ?? '…'}`);
  return `{ ${pairs.join(', ')} }`;
}

function placeOfValue(path: Path): string {
  const key = path.findLast((step) => typeof step === 'string');
  if (key === undefined) return '';
  return typeof path.at(-1) === 'number' ? ` as an item of \`${key}\`` : ` for \`${key}\``;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
