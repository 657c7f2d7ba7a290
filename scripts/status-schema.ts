/**
 * Writes docs/status.schema.json, what `wamptcp status --json` prints, out of src/observe/status.ts.
 * Run by `npm run schema`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { z } from 'zod';

import { status } from '../src/observe/status.ts';

export const STATUS_SCHEMA = join(import.meta.dirname, '../docs/status.schema.json');

/** What the file should contain now. */
export async function statusSchema(): Promise<string> {
  const schema = {
    ...z.toJSONSchema(status, { target: 'draft-2020-12' }),
    title: 'wamptcp status',
    description: 'What `wamptcp status --json` prints and the API serves at /status.',
  };
  const options = await prettier.resolveConfig(STATUS_SCHEMA);
  return await prettier.format(JSON.stringify(schema), { ...options, parser: 'json' });
}

if (import.meta.main) writeFileSync(STATUS_SCHEMA, await statusSchema());
