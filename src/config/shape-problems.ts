/**
 * What is wrong with the shape of a site file: unknown and missing keys, values of another kind.
 *
 * Always holds: one slip gives one problem. A misspelt required key is told as unknown, not again
 * as missing; the keys so meant are given back, for later rules to keep silent about.
 */
import type { z } from 'zod';

import { blockAt, homesOf } from './json-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { quoted, readNode } from './kind.ts';
import type { Kind } from './kind.ts';
import { nearest } from './nearest.ts';
import { siteShape } from './shape.ts';
import type { Reporter } from './source.ts';
import { nodeAt, plain } from './tree.ts';
import type { MappingNode, Path, TreeNode } from './tree.ts';

/** Per block: keys that are absent but were probably meant by a misspelt one. */
export type Meant = ReadonlyMap<MappingNode, ReadonlySet<string>>;

type Issue = z.core.$ZodIssue;

/** What others call our keys. */
const SYNONYMS: Readonly<Record<string, string>> = {
  gateway: 'nexthop',
  gw: 'nexthop',
  router: 'nexthop',
  via: 'nexthop',
  bandwidth: 'capacity',
  rate: 'capacity',
  speed: 'capacity',
  dev: 'interface',
  device: 'interface',
  nic: 'interface',
  iface: 'interface',
  ip: 'address',
  ipv4: 'address',
  ipv6: 'address',
  network: 'subnet',
  net: 'subnet',
  endpoint: 'remote',
  dst: 'remote',
  destination: 'remote',
  uplinks: 'wans',
  links: 'wans',
  hubs: 'peers',
  hub: 'peers',
  branches: 'peers',
  hostname: 'site',
  bfd: 'detection',
  vxlan: 'tunnel',
  id: 'vni',
};

export function reportShape(root: TreeNode, report: Reporter): Meant {
  const issues = siteShape.safeParse(plain(root)).error?.issues ?? [];
  const flat = issues.flatMap((issue) => flatten(issue, []));
  const meant = new Map<MappingNode, Set<string>>();
  for (const { issue, path } of flat) {
    if (issue.code === 'unrecognized_keys') unknownKeys(issue.keys, path, root, report, meant);
  }
  for (const { issue, path } of flat) {
    if (issue.code !== 'unrecognized_keys') wrongValue(issue, path, root, report, meant);
  }
  return meant;
}

interface Placed {
  readonly issue: Issue;
  readonly path: Path;
}

/** Of several forms a value may have, only the one that was tried counts. */
function flatten(issue: Issue, base: Path): Placed[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const tried = issue.errors.filter((issues) => !issues.some(isOtherForm));
  const chosen = tried[0] ?? issue.errors[0] ?? [];
  return chosen.flatMap((each) => flatten(each, path));
}

function isOtherForm(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === 'invalid_type' || (issue.code === 'custom' && issue.params?.['scalar'] === false)
  );
}

function unknownKeys(
  keys: readonly string[],
  path: Path,
  root: TreeNode,
  report: Reporter,
  meant: Map<MappingNode, Set<string>>,
): void {
  const node = nodeAt(root, path);
  if (node?.kind !== 'mapping') return;
  const known = Object.keys(blockAt(path)?.properties ?? {});
  for (const key of keys) {
    const span = node.entries.get(key)?.key;
    if (span === undefined) continue;
    const synonym = Object.hasOwn(SYNONYMS, key.toLowerCase())
      ? SYNONYMS[key.toLowerCase()]
      : undefined;
    const guess = synonym !== undefined && known.includes(synonym) ? synonym : nearest(key, known);
    if (guess !== undefined) {
      meant.set(node, (meant.get(node) ?? new Set()).add(guess));
      const already = node.entries.has(guess);
      report.error(
        span,
        `unknown key ${quoted(key)}`,
        already ? `remove it; \`${guess}\` is given already` : `did you mean \`${guess}\`?`,
      );
      continue;
    }
    report.error(span, `unknown key ${quoted(key)}${placeName(path)}`, cureForUnknown(key, known));
  }
}

function cureForUnknown(key: string, known: readonly string[]): string {
  if (key === '<<') return 'merge keys (`<<`) are not read; write the keys out';
  const homes = homesOf(key);
  if (homes.length > 0) return `it belongs in ${homes.join(' or ')}: check the indentation`;
  return `remove it; known here: ${known.join(', ')}`;
}

function placeName(path: Path): string {
  const names = path.filter((step) => typeof step === 'string');
  const last = names.at(-1);
  if (last === undefined) return '';
  return typeof path.at(-1) === 'number' ? ` in an item of \`${last}\`` : ` in \`${last}\``;
}

function wrongValue(
  issue: Issue,
  path: Path,
  root: TreeNode,
  report: Reporter,
  meant: Meant,
): void {
  const node = nodeAt(root, path);
  if (node === undefined) {
    missing(path, root, report, meant);
    return;
  }
  if (issue.code === 'custom') {
    const read = readNode(issue.params?.['kind'] as Kind<unknown>, node);
    if (!read.ok) report.error(node.span, read.error.message, read.error.cure);
    return;
  }
  const key = [...path].reverse().find((step) => typeof step === 'string');
  const name =
    key === undefined
      ? 'the file'
      : typeof path.at(-1) === 'number'
        ? `an item of \`${key}\``
        : `\`${key}\``;
  if (issue.code === 'too_big' && node.kind === 'list') {
    tooMany(Number(issue.maximum), path, node.items, report);
    return;
  }
  if (issue.code === 'too_small') {
    report.error(node.span, `${name} is an empty list`, 'add at least one item');
    return;
  }
  const list = issue.code === 'invalid_type' && issue.expected === 'array';
  const found =
    node.kind === 'scalar'
      ? node.written === ''
        ? 'nothing'
        : quoted(node.written)
      : node.kind === 'list'
        ? 'a list'
        : 'a block of keys';
  report.error(
    node.span,
    `${name} must be ${list ? 'a list' : 'a block of keys'}, not ${found}`,
    list
      ? 'start each item on its own line with `- `, or write `[one, two]`'
      : cureForBlock(path, found),
  );
}

function cureForBlock(path: Path, found: string): string {
  const block = blockAt(path);
  if (path.length === 0)
    return 'start from examples/smallest.yaml: `site: …`, `lan: …`, `wans: …`, `peers: …`';
  const keys = Object.keys(block?.properties ?? {}).slice(0, 5);
  const cure = `write its keys below it, indented: ${keys.join(', ')}`;
  return found === 'nothing' && typeof path.at(-1) === 'string'
    ? `${cure}; or remove the line`
    : cure;
}

function tooMany(most: number, path: Path, items: readonly TreeNode[], report: Reporter): void {
  const span = items[most]?.span;
  if (span === undefined) return;
  const wans = path.at(-1) === 'wans';
  report.error(
    span,
    wans
      ? `${items.length} WANs, but the kernel gives a connection at most ${most} subflows`
      : `${items.length} items in \`${String(path.at(-1))}\`, where ${most} are possible`,
    `remove ${items.length - most}`,
  );
}

function missing(path: Path, root: TreeNode, report: Reporter, meant: Meant): void {
  const key = String(path.at(-1));
  const parent = nodeAt(root, path.slice(0, -1));
  if (parent?.kind !== 'mapping' || meant.get(parent)?.has(key) === true) return;
  const schema = blockAt(path.slice(0, -1))?.properties?.[key];
  report.error(
    parent.span,
    `\`${key}\` is missing${placeName(path.slice(0, -1))}`,
    cureForMissing(key, schema),
  );
}

function cureForMissing(key: string, schema: JsonSchema | undefined): string {
  const example = [schema, ...(schema?.anyOf ?? [])].flatMap((each) => each?.examples ?? [])[0] as
    string | number | undefined;
  const what = (schema?.description ?? '').replace(/\.$/, '');
  const meaning = what === '' ? '' : ` (${what.charAt(0).toLowerCase()}${what.slice(1)})`;
  return example === undefined
    ? `add \`${key}:\`${meaning}`
    : `add \`${key}: ${example}\`${meaning}`;
}
