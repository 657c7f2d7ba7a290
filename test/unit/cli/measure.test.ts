/** The command as it is called, on a capture made by hand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { execa } from 'execa';

import { measurement } from '../../../src/measure/measurement.ts';
import { pcap, tcpAt } from '../../support/capture.ts';
import { ROOT } from '../../support/documents.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const files = temporaryFiles('cli-measure');
const capture = files.file(
  'receiver.pcap',
  pcap(
    Array.from({ length: 50 }, (_, index) =>
      tcpAt(1_700_000_000 + index / 10, {
        ...{ from: ['10.0.0.1', 80], to: ['10.0.0.2', 4000] },
        ...{ sequence: 1000 * index, length: 1000 },
      }),
    ),
  ),
);

const measure = (...words: string[]) =>
  // CI makes some libraries colour what is no terminal.
  execa(join(ROOT, 'bin/wamptcp'), ['measure', ...words], { reject: false, env: { CI: '1' } });

describe('wamptcp measure', () => {
  test('prints tables for people, and says what it took for granted', async () => {
    const { exitCode, stdout } = await measure(capture, '--outage', '+2', '--heal', '+3');
    assert.equal(exitCode, 0);
    assert.match(stdout, /TCP: 50 KB in 4\.900 s/);
    assert.match(stdout, /T-latency/);
    assert.match(stdout, /taken as the receiver's/);
  });

  test('prints JSON as published, and draws a chart', async () => {
    const svg = join(files.folder, 'chart.svg');
    const { exitCode, stdout } = await measure(`receiver=${capture}`, '--json', '--svg', svg);
    assert.equal(exitCode, 0);
    assert.equal(measurement.parse(JSON.parse(stdout)).bytes, 50_000);
    assert.match(readFileSync(svg, 'utf8'), /^<svg /);
  });

  for (const [what, words] of [
    ['no capture', [join(ROOT, 'README.md')]],
    ['no time', [capture, '--outage', 'noon']],
    ['healing before the outage', [capture, '--outage', '+3', '--heal', '+2']],
    ['healing without an outage', [capture, '--heal', '+2']],
    ['no such flow', [capture, '--flow', 'udp']],
    ['an outage outside of the capture', [capture, '--outage', '6.0', '--heal', '8.0']],
    ['a chart where there is no directory', [capture, '--svg', '/proc/absent/chart.svg']],
  ] as const) {
    test(`${what}: exit code 2 and advice`, async () => {
      const { exitCode, stderr } = await measure(...words);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, /^error: .*\n {2}= /s);
    });
  }

  test('ends quietly when nobody reads on, and says so when the output cannot be written', async () => {
    const words = `'${join(ROOT, 'bin/wamptcp')}' measure '${capture}'`;
    const unread = await execa('bash', ['-c', `${words} | true; exit "\${PIPESTATUS[0]}"`], {
      reject: false,
    });
    assert.deepEqual([unread.exitCode, unread.stderr], [130, '']);
    const full = await execa('bash', ['-c', `${words} > /dev/full`], { reject: false });
    assert.deepEqual(
      [full.exitCode, full.stderr],
      [1, 'error: the output cannot be written: no space left'],
    );
  });
});
