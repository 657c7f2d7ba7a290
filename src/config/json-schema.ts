/**
 * The shape of a site file as JSON Schema 2020-12, for editors, and as a map of which key is where.
 *
 * Always holds: it is derived from {@link siteShape} alone.
 */
import { z } from 'zod';

import { siteShape } from './shape.ts';
import type { Path } from './tree.ts';

export interface JsonSchema {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly examples?: readonly (string | number)[];
  readonly enum?: readonly (string | boolean)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

let derived: JsonSchema | undefined;

/** The schema that docs/site.schema.json publishes. */
export function siteJsonSchema(): JsonSchema {
  derived ??= {
    ...{
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'wamptcp site file',
    },
    ...(z.toJSONSchema(siteShape, { io: 'input', target: 'draft-2020-12' }) as JsonSchema),
  };
  return derived;
}

/** The schema of the block of keys at `path`, if there is one. */
export function blockAt(path: Path): JsonSchema | undefined {
  let schema: JsonSchema | undefined = siteJsonSchema();
  for (const step of path) {
    schema =
      typeof step === 'number'
        ? asList(schema)?.items
        : asBlock(schema)?.properties?.[String(step)];
    if (schema === undefined) return undefined;
  }
  return asBlock(schema);
}

/** Where a key may stand, in words: `in detection`, `in an item of wans`. */
export function homesOf(key: string): string[] {
  const homes: string[] = [];
  const look = (schema: JsonSchema, home: string): void => {
    const block = asBlock(schema);
    for (const [name, property] of Object.entries(block?.properties ?? {})) {
      if (name === key) homes.push(home);
      look(property, `in \`${name}\``);
      const items = asList(property)?.items;
      if (items !== undefined) look(items, `in an item of \`${name}\``);
    }
  };
  look(siteJsonSchema(), 'at the top level of the file');
  return [...new Set(homes)];
}

export function asBlock(schema: JsonSchema | undefined): JsonSchema | undefined {
  return [schema, ...(schema?.anyOf ?? [])].find((each) => each?.properties !== undefined);
}

export function asList(schema: JsonSchema | undefined): JsonSchema | undefined {
  return [schema, ...(schema?.anyOf ?? [])].find((each) => each?.items !== undefined);
}
