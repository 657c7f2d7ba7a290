/**
 * Writes docs/measure.schema.json, what `wamptcp measure --json` prints, out of
 * src/measure/measurement.ts. Run by `npm run schema`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { z } from 'zod';

import { measurement } from '../src/measure/measurement.ts';

export const MEASURE_SCHEMA = join(import.meta.dirname, '../docs/measure.schema.json');

/** What the file should contain now. */
export async function measureSchema(): Promise<string> {
  const schema = {
    ...z.toJSONSchema(measurement, { target: 'draft-2020-12' }),
    title: 'wamptcp measure',
    description: 'What `wamptcp measure --json` prints.',
  };
  const options = await prettier.resolveConfig(MEASURE_SCHEMA);
  return await prettier.format(JSON.stringify(schema), { ...options, parser: 'json' });
}

if (import.meta.main) writeFileSync(MEASURE_SCHEMA, await measureSchema());
