import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lookForCompany } from '../../../src/cli/evaluate-company.ts';

/** Not that of an evaluation that runs beside the tests. */
const LOCK = `evaluate-test-${process.pid}`;

test('whoever measures is told of another one, or else of a busy machine', async () => {
  const first = await lookForCompany(0.1, LOCK);
  assert.equal(first.words, undefined);
  const second = await lookForCompany(5, LOCK);
  assert.match(second.words ?? '', /^another evaluation runs here: [^\n]*$/);
  await second.release();
  await first.release();
  const third = await lookForCompany(5, LOCK);
  assert.match(third.words ?? '', /^this machine is busy \(load 5\.0\)/);
  await third.release();
});
