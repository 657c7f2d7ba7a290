/** A site file that is wrong changes nothing, whatever is wrong with it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { execa } from 'execa';

import { parseSite } from '../../src/config/parse.ts';
import { runDirectory } from '../../src/system/run-directory.ts';
import { kernelSnapshot } from '../support/kernel-snapshot.ts';
import { addInterface, createNamespace } from '../support/namespace.ts';
import type { Namespace } from '../support/namespace.ts';

const ROOT = join(import.meta.dirname, '../..');
const CORPUS = join(ROOT, 'test/corpus/site');
/** Every so many files; all of them are read by the unit tests, here each starts a process. */
const STRIDE = 12;

let namespace: Namespace;
let untouched: string;

before(async () => {
  namespace = await createNamespace('bad');
  for (const name of ['eth0', 'eth1', 'eth2', 'eth3']) await addInterface(name);
  untouched = await kernelSnapshot();
});

after(async () => {
  rmSync(runDirectory().path, { recursive: true });
  await namespace.remove();
});

const malformed = readdirSync(CORPUS).filter((name) => {
  const parsed = parseSite(readFileSync(join(CORPUS, name), 'utf8'), name);
  return !parsed.ok;
});

describe('apply refuses with exit code 2, and changes nothing, a file with', () => {
  test('(there are such files)', () => {
    assert.ok(malformed.length > 100);
  });

  for (const name of malformed.filter((_, index) => index % STRIDE === 0)) {
    test(name.replace(/^\d+-|\.yaml$/g, '').replaceAll('-', ' '), async () => {
      const argv = ['apply', '-c', join(CORPUS, name)];
      const { exitCode, stdout, stderr } = await execa(join(ROOT, 'bin/wamptcp'), argv, {
        reject: false,
      });
      assert.equal(exitCode, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /error/);
      assert.equal(await kernelSnapshot(), untouched);
    });
  }
});
