/**
 * Golden files: a site in YAML → the exact commands that bring a machine there, and back.
 *
 * Each folder of `test/golden` is a case: `site.yaml`; `machine.yaml`, where the machine is not just
 * the site's interfaces with an MTU of 1500, or something was decided at run time; `commands.txt`,
 * what comes out. After a change that is meant: `UPDATE_GOLDEN=1 make unit`, and read the diff.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { commandsText, goldenCases } from '../../support/golden.ts';

const ACCEPT = 'If this change is meant: UPDATE_GOLDEN=1 make unit, then read git diff test/golden';

describe('the commands for a site are those of its golden file', () => {
  for (const golden of goldenCases()) {
    test(golden.title, async () => {
      const actual = await commandsText(golden);
      const file = join(golden.folder, 'commands.txt');
      if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, actual);
      const expected = readFileSync(file, 'utf8');
      if (actual !== expected) assert.fail(`${file}\n${difference(expected, actual)}\n${ACCEPT}`);
    });
  }
});

/** Lines that are in only one of the two, with the lines around them. */
function difference(expected: string, actual: string): string {
  const [one, other] = [expected.split('\n'), actual.split('\n')];
  let start = 0;
  while (one[start] === other[start] && start < one.length) start += 1;
  let end = 0;
  while (
    one.at(-1 - end) === other.at(-1 - end) &&
    end < Math.min(one.length, other.length) - start
  )
    end += 1;
  const context = one.slice(Math.max(0, start - 3), start);
  return [
    ...context.map((line) => `  ${line}`),
    ...one.slice(start, one.length - end).map((line) => `- ${line}`),
    ...other.slice(start, other.length - end).map((line) => `+ ${line}`),
    ...one.slice(one.length - end, one.length - end + 3).map((line) => `  ${line}`),
  ].join('\n');
}
