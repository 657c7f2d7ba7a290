/** The published schema of the status is that of the code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { STATUS_SCHEMA, statusSchema } from '../../../scripts/status-schema.ts';

test('docs/status.schema.json is what `npm run schema` makes', async () => {
  assert.equal(readFileSync(STATUS_SCHEMA, 'utf8'), await statusSchema());
});
