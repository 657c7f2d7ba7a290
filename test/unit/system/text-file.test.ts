import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { readTextFile } from '../../../src/system/text-file.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const { folder, file } = temporaryFiles('text-file');

async function readBytes(bytes: Uint8Array | string): ReturnType<typeof readTextFile> {
  return readTextFile(file('file', bytes), 1000);
}

describe('readTextFile', () => {
  test('gives the text as it is, with its byte order mark', async () => {
    assert.deepEqual(await readBytes('\ufeffa\r\nü 日本 💥\n'), {
      ok: true,
      value: '\ufeffa\r\nü 日本 💥\n',
    });
    assert.deepEqual(await readBytes(''), { ok: true, value: '' });
  });

  for (const [what, bytes, place] of [
    ['at once', [0xe9], { line: 1, column: 1 }],
    ['in the second line', [0x61, 0x0a, 0x62, 0xff, 0x63], { line: 2, column: 2 }],
    [
      'behind other characters',
      [0xc3, 0xbc, 0xf0, 0x9f, 0x92, 0xa5, 0xc0, 0x80],
      { line: 1, column: 4 },
    ],
    ['behind a genuine replacement character', [0xef, 0xbf, 0xbd, 0x80], { line: 1, column: 2 }],
    ['at the end, cut short', [0x61, 0xe2, 0x82], { line: 1, column: 2 }],
  ] as const) {
    test(`tells where it ceases to be UTF-8: ${what}`, async () => {
      const result = await readBytes(Uint8Array.from(bytes));
      assert.deepEqual(result.ok ? undefined : result.error.place, place);
    });
  }

  test('refuses more than it is told to read', async () => {
    assert.ok((await readBytes('x'.repeat(1000))).ok);
    assert.ok(!(await readBytes('x'.repeat(1001))).ok);
  });

  test('does not wait for a pipe', { timeout: 5000 }, async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const result = await readTextFile(pipe, 1000);
    assert.equal(result.ok ? '' : result.error.message, 'this is not a file');
  });
});
