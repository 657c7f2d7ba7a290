/**
 * What is wrong with the shape of a site file: values of another kind, missing and unknown keys.
 *
 * Always holds: one slip gives one problem. A misspelt required key is told as unknown, not again
 * as missing; the keys so meant are given back, for later rules to keep silent about.
 */
import type { z } from 'zod';

import { blockAt } from './json-schema.ts';
import { quoted, readNode } from './kind.ts';
import type { Kind } from './kind.ts';
import { cureForMissing, cureForNoList, cureForNoValue } from './shape-cures.ts';
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
  const cure = list ? cureForNoList(path, node) : cureForNoValue(path, node, kind);
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
  report.error(
    block.span,
    `${String(list)} ${keys.length === 1 ? 'is' : 'are'} missing${placeName(first.slice(0, -1))}`,
    cureForMissing(paths),
  );
}

function isRequired(path: Path): boolean {
  const key = path.at(-1);
  return typeof key !== 'string' || blockAt(path.slice(0, -1))?.required?.includes(key) === true;
}

function placeOfValue(path: Path): string {
  const key = path.findLast((step) => typeof step === 'string');
  if (key === undefined) return '';
  return typeof path.at(-1) === 'number' ? ` as an item of \`${key}\`` : ` for \`${key}\``;
}
