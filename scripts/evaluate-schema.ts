/**
 * Writes docs/evaluate.schema.json, what `wamptcp evaluate --json` prints, out of
 * src/evaluate/report/json.ts. Run by `npm run schema`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { z } from 'zod';

import { evaluation } from '../src/evaluate/report/json.ts';

export const EVALUATE_SCHEMA = join(import.meta.dirname, '../docs/evaluate.schema.json');

/** What the file should contain now. */
export async function evaluateSchema(): Promise<string> {
  const schema = {
    ...z.toJSONSchema(evaluation, { target: 'draft-2020-12' }),
    title: 'wamptcp evaluate',
    description: 'What `wamptcp evaluate --json` prints.',
  };
  const options = await prettier.resolveConfig(EVALUATE_SCHEMA);
  return await prettier.format(JSON.stringify(schema), { ...options, parser: 'json' });
}

if (import.meta.main) writeFileSync(EVALUATE_SCHEMA, await evaluateSchema());
