import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { checkFiles } from '../../../src/cli/check.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const BRANCH = join(EXAMPLES, 'branch-two-wans.yaml');
const HUB = join(EXAMPLES, 'hub-two-wans.yaml');
const plain = { json: false, colour: false };

const { folder, file } = temporaryFiles('check');

describe('checkFiles', () => {
  test('says of a good file what is in it', async () => {
    assert.deepEqual(await checkFiles([BRANCH], plain), {
      text: `${BRANCH}: site branch, 2 WANs, 1 peer, 2 paths; no problems\n`,
      exitCode: 0,
    });
  });

  test('takes a file that is given twice for one', async () => {
    const { text } = await checkFiles([BRANCH, BRANCH, HUB], plain);
    assert.equal(text.match(/no problems/g)?.length, 2);
  });

  test('tells contradictions at the file where they are', async () => {
    const path = file(
      'hub.yaml',
      'site: hub\nlan: lan0\nwans: [{ name: w, interface: w0, address: 203.0.113.1/30 }]\npeers: [{ name: branch, prefix: 10.10.0.0/16, paths: [{ wan: w, remote: 192.0.2.2 }] }]\n',
    );
    const { text, exitCode } = await checkFiles([BRANCH, path], plain);
    assert.equal(exitCode, 2);
    assert.match(
      text,
      /branch-two-wans\.yaml:30:\d+: error: no WAN in .*hub\.yaml has the address 203\.0\.113\.5/,
    );
    assert.match(text, /2 paths; 1 error, 1 warning\n/);
  });

  test('compares the good files even if another is bad', async () => {
    const bad = file('bad.yaml', 'site: 1\n');
    const { text, exitCode } = await checkFiles([bad, BRANCH, HUB], plain);
    assert.equal(exitCode, 2);
    assert.match(text, /bad\.yaml: 2 errors\n/);
    assert.match(text, /hub-two-wans\.yaml: .*no problems/);
  });

  test('exits with 0 when there are only warnings', async () => {
    const path = file(
      'warned.yaml',
      'site: a\nlan: lan0\nwans: [{ name: w, interface: w0, subnet: 10.1.0.0/24 }]\npeers: [{ name: b, prefix: 10.2.0.0/24, paths: [{ wan: w, remote: 192.0.2.1 }] }]\ndetection: { interval: 10ms }\n',
    );
    const { text, exitCode } = await checkFiles([path], plain);
    assert.equal(exitCode, 0);
    assert.match(text, /warning: at 10ms/);
    assert.match(text, /1 path; 1 warning\n$/);
  });

  for (const [name, content, place, message] of [
    ['latin-1.yaml', Buffer.from('site: a\nlan: caf\xe9\n', 'latin1'), '2:9', 'not UTF-8'],
    ['utf-16.yaml', Buffer.from('\ufeffsite: a', 'utf16le'), '1:1', 'UTF-16'],
    ['large.yaml', `${'#'.repeat(2 * 1024 ** 2)}\n`, '1:1', '2097153 bytes'],
  ] as const) {
    test(`${name} is told as ${message}`, async () => {
      const path = file(name, content);
      const { text, exitCode } = await checkFiles([path], plain);
      assert.equal(exitCode, 2);
      assert.ok(text.startsWith(`${path}:${place}: error: `), text);
      assert.ok(text.includes(message), text);
    });
  }

  test('a file that is not there, a directory, a device', async () => {
    for (const path of [join(folder, 'none.yaml'), folder, '/dev/zero']) {
      const { text, exitCode } = await checkFiles([path], plain);
      assert.equal(exitCode, 2);
      assert.match(text, /:1:1: error: .*\n {6}= \S/);
    }
  });

  test('gives programs an array of problems', async () => {
    const bad = file('bad.yaml', 'site: Branch\n');
    const { text, exitCode } = await checkFiles([BRANCH, bad], { json: true, colour: false });
    const problems = JSON.parse(text) as Problem[];
    assert.equal(exitCode, 2);
    assert.deepEqual(
      problems.map(({ file: name, line, column, severity }) => [name, line, column, severity]),
      [
        [bad, 1, 1, 'error'],
        [bad, 1, 7, 'error'],
      ],
    );
    assert.deepEqual(
      JSON.parse((await checkFiles([BRANCH], { json: true, colour: true })).text),
      [],
    );
  });

  test('colours when told to, and only then', async () => {
    const bad = file('bad.yaml', 'site: Branch\n');
    const { text } = await checkFiles([bad], { json: false, colour: true });
    const uncoloured = await checkFiles([bad], plain);
    assert.ok(text.includes('\u001b['));
    assert.ok(!uncoloured.text.includes('\u001b'));
    assert.equal(text.replace(/\u001b\[\d+m/g, ''), uncoloured.text);
  });
});
