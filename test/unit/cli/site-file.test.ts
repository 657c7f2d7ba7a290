import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { BadInput } from '../../../src/cli/output.ts';
import { loadSiteFile } from '../../../src/cli/site-file.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const { folder, file } = temporaryFiles('site-file');

async function refused(path: string, message: string, advice: string): Promise<void> {
  await assert.rejects(loadSiteFile(path), (error) => {
    assert.ok(error instanceof BadInput, String(error));
    assert.deepEqual([error.message, error.advice], [message, advice]);
    return true;
  });
}

describe('loadSiteFile', () => {
  test('gives the site of a good file, and where the file is', async () => {
    const path = join(import.meta.dirname, '../../../examples/branch-two-wans.yaml');
    const loaded = await loadSiteFile(path);
    assert.equal(loaded.site.site, 'branch');
    assert.equal(loaded.file, path);
  });

  test('says of a file that is not there what to look at', async () => {
    const path = join(folder, 'none.yaml');
    await refused(
      path,
      `cannot read ${path}: there is no such file`,
      'Nothing was changed; check the name and the directory.',
    );
  });

  test('names the place of a byte that is not text', async () => {
    const path = file('latin-1.yaml', Buffer.from('site: a\nlan: caf\xe9\n', 'latin1'));
    await refused(
      path,
      `cannot read ${path}:2:9: here is a byte that is not UTF-8 text`,
      'Nothing was changed; save the file as UTF-8; umlauts and accents of old encodings are the usual cause.',
    );
  });

  test('does not wait for a pipe, nor read a device or a huge file', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero']) {
      await refused(
        path,
        `cannot read ${path}: this is not a file`,
        'Nothing was changed; name a text file.',
      );
    }
    const huge = file('huge.yaml', `${'#'.repeat(2 * 1024 ** 2)}\n`);
    await refused(
      huge,
      `cannot read ${huge}: the file has 2097153 bytes, more than the 1048576 that are read`,
      'Nothing was changed; check the name: this is hardly the file you mean.',
    );
  });
});
