/**
 * Malformed site files, each of its own kind, and exactly what is said of each: test/corpus/site/ and
 * test/corpus/site.expected, which is written to be read. After a change of words, look at the
 * difference that this makes:
 *
 *     UPDATE_EXPECTED=1 node --test test/unit/config/corpus.test.ts && git diff test/corpus
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { checkFiles } from '../../../src/cli/check.ts';

const CORPUS = join(import.meta.dirname, '../../corpus/site');
const EXPECTED = `${CORPUS}.expected`;

const names = readdirSync(CORPUS).sort();

async function said(name: string): Promise<string> {
  const path = join(CORPUS, name);
  const { text } = await checkFiles([path], { json: false, colour: false });
  return text.replaceAll(path, name);
}

/** name → what is expected to be said. */
function readExpected(): Map<string, string> {
  const sections = readFileSync(EXPECTED, 'utf8').split(/^=== /m).slice(1);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), `${section.slice(end + 1).trimEnd()}\n`];
    }),
  );
}

describe('the corpus of malformed site files', async () => {
  if (process.env['UPDATE_EXPECTED'] !== undefined) {
    const sections = await Promise.all(
      names.map(async (name) => `=== ${name}\n${await said(name)}`),
    );
    writeFileSync(EXPECTED, sections.join('\n'));
  }
  const expected = readExpected();

  test('has an expectation for each file, and no other', () => {
    assert.deepEqual([...expected.keys()], names);
    assert.ok(names.length >= 200, `${names.length} files`);
  });

  for (const name of names) {
    test(name, async () => {
      assert.equal(await said(name), expected.get(name));
    });
  }

  test('warnings alone leave the exit code at 0, errors do not', async () => {
    for (const name of names) {
      const { exitCode } = await checkFiles([join(CORPUS, name)], { json: false, colour: false });
      assert.equal(exitCode, name.includes('-warning-') ? 0 : 2, name);
    }
  });

  test('no two files are told the same', () => {
    const seen = new Map<string, string>();
    for (const [name, text] of expected) {
      const words = text
        .split('\n')
        .map((line) => line.replace(/^[^:]+\.yaml(:\d+:\d+)?:/, ''))
        .join('\n');
      assert.equal(seen.get(words), undefined, `${name} is told what another file is`);
      seen.set(words, name);
    }
  });
});
