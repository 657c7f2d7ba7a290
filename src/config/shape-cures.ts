/**
 * What to write instead where the shape of a site file is wrong: each key with a value it may have.
 *
 * Always holds: names, examples and descriptions come from the schema that editors get.
 */
import { asBlock, asList, blockAt } from './json-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { quoted } from './kind.ts';
import type { Kind } from './kind.ts';
import type { Path, TreeNode } from './tree.ts';

/** For keys of one block. */
export function cureForMissing(paths: readonly Path[]): string {
  const additions = paths.map((path) => `\`${lineFor(path)}\``).join(', ');
  const [first, ...others] = paths;
  const description = first === undefined ? undefined : schemaAt(first)?.description;
  return description === undefined || others.length > 0
    ? `add ${additions}`
    : `add ${additions}: ${lowerFirst(description.replace(/\.$/, ''))}`;
}

/** Something else was written where one value, or a block, is expected. */
export function cureForNoValue(
  path: Path,
  node: TreeNode,
  kind: Kind<unknown> | undefined,
): string {
  return node.kind === 'list' ? cureForList(path, node.items) : cureForBlock(path, kind);
}

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
export function cureForNoList(path: Path, node: TreeNode): string {
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

/** A line that would give the key at `path` a value. */
function lineFor(path: Path): string {
  const example = exampleOf(schemaAt(path));
  return `${String(path.at(-1))}: ${example ?? '…'}`;
}

/** `{ wan: fibre, remote: 203.0.113.1 }`: the required keys of a block, or else its first. */
function itemLine(block: JsonSchema): string {
  const keys = block.required ?? Object.keys(block.properties ?? {}).slice(0, 1);
  const pairs = keys.map((key) => `${key}: ${exampleOf(block.properties?.[key]) ?? '…'}`);
  return `{ ${pairs.join(', ')} }`;
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

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
