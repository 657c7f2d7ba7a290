/** What `wamptcp evaluate` refuses before it measures or draws anything. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { evaluateCommand } from '../../../src/cli/evaluate.ts';
import type { EvaluateFlags } from '../../../src/cli/evaluate.ts';

const directory = mkdtempSync(join(tmpdir(), 'wamptcp-evaluate-'));
const NONE: EvaluateFlags = { quick: false, fresh: false, json: false };

after(() => rmSync(directory, { recursive: true }));

async function refused(
  names: readonly string[],
  flags: Partial<EvaluateFlags>,
  message: RegExp,
): Promise<void> {
  await assert.rejects(evaluateCommand(names, { ...NONE, ...flags }), { message });
}

describe('evaluate refuses', () => {
  test('options that would be given in vain', async () => {
    await refused(['list'], { out: 'x' }, /^--out means nothing to list$/);
    await refused(['report'], { fresh: true }, /^--fresh means nothing to report$/);
    await refused(['report'], { repetitions: '3' }, /^--repetitions means nothing to report$/);
    await refused(['list', 'table-2'], {}, /^list stands alone$/);
  });

  test('a place that is none', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await refused(['report'], { out: '' }, /^--out is empty$/);
    await refused(['report'], { out: file }, /file is a file$/);
  });

  test('to draw over the report of the other scale', async () => {
    writeFileSync(join(directory, 'report.md'), '# Evaluation, full\n\nMade …\n');
    await refused(['report'], { out: directory, quick: true }, /report of the full scale/);
  });

  test('what is there without the machine that measured, and says which file that is', async () => {
    rmSync(join(directory, 'report.md'), { force: true });
    await refused(['report'], { out: directory }, /^nothing was measured in .* yet$/);
    writeFileSync(join(directory, 'machine.json'), '{"kernel": ');
    await refused(['report'], { out: directory }, /machine\.json cannot be understood/);
  });
});
