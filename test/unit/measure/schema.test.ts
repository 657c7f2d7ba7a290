import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { MEASURE_SCHEMA, measureSchema } from '../../../scripts/measure-schema.ts';

test('docs/measure.schema.json is what `npm run schema` makes', async () => {
  assert.equal(readFileSync(MEASURE_SCHEMA, 'utf8'), await measureSchema());
});
