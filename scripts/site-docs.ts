/**
 * Writes what docs/ says of the site file, out of its shape: site.schema.json whole, and in
 * site-file.md the tables between `<!-- keys: … -->` and `<!-- end -->`. Run by `npm run schema`.
 *
 * Always holds: the words around the tables are left as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';

import { asBlock, asList, siteJsonSchema } from '../src/config/json-schema.ts';
import type { JsonSchema } from '../src/config/json-schema.ts';

const ROOT = join(import.meta.dirname, '..');
const SCHEMA = 'docs/site.schema.json';
const REFERENCE = 'docs/site-file.md';

export interface Generated {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** What the generated files should contain now. */
export async function siteDocs(): Promise<Generated[]> {
  const reference = readFileSync(join(ROOT, REFERENCE), 'utf8');
  const options = await prettier.resolveConfig(join(ROOT, SCHEMA));
  const schema = await prettier.format(JSON.stringify(siteJsonSchema()), {
    ...options,
    parser: 'json',
  });
  return [
    { path: SCHEMA, text: schema },
    { path: REFERENCE, text: fillTables(reference) },
  ];
}

/** Every block of keys there is, by its name in the markers: `top level`, `wans[]`, `recovery.damping`. */
export function blocks(): Map<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const look = (schema: JsonSchema, name: string): void => {
    const block = asBlock(schema);
    if (block !== undefined) found.set(name === '' ? 'top level' : name, block);
    for (const [key, property] of Object.entries(block?.properties ?? {})) {
      const path = name === '' ? key : `${name}.${key}`;
      look(property, path);
      const items = asList(property)?.items;
      if (items !== undefined) look(items, `${path}[]`);
    }
  };
  look(siteJsonSchema(), '');
  // Each is a list with one item, and told there.
  found.delete('wans[].subnet');
  found.delete('classes[].match');
  return found;
}

function fillTables(markdown: string): string {
  const known = blocks();
  return markdown.replace(/<!-- keys: (.*?) -->[^]*?<!-- end -->/g, (_, name: string) => {
    const block = known.get(name);
    if (block === undefined) throw new Error(`${REFERENCE}: there is no block \`${name}\``);
    return `<!-- keys: ${name} -->\n\n${table(block)}\n<!-- end -->`;
  });
}

function table(block: JsonSchema): string {
  const rows = Object.entries(block.properties ?? {}).map(([key, schema]) => {
    const required = block.required?.includes(key) === true;
    const preset = schema.default === undefined ? '' : `\`${schema.default}\``;
    const cells = [
      `\`${key}\``,
      kindOf(schema),
      required ? '**required**' : preset,
      exampleOf(schema),
      schema.description ?? '',
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    '| Key | Value | Default | Example | Meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function kindOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(kindOf).join(', or ');
  if (schema.items !== undefined) return `list of: ${kindOf(schema.items)}`;
  if (schema.properties !== undefined) return 'block';
  if (schema.enum !== undefined) return schema.enum.map((each) => `\`${String(each)}\``).join(', ');
  return schema.title ?? '';
}

function exampleOf(schema: JsonSchema): string {
  if (schema.items !== undefined) {
    const one = exampleOf(schema.items).replaceAll('`', '');
    return one === '' ? '' : `\`[${one}]\``;
  }
  const [example] = [schema, ...(schema.anyOf ?? [])].flatMap((each) => each.examples ?? []);
  return typeof example === 'string' || typeof example === 'number' ? `\`${example}\`` : '';
}

if (import.meta.main) {
  for (const { path, text } of await siteDocs()) {
    writeFileSync(join(ROOT, path), text);
    process.stdout.write(`${path}\n`);
  }
}
