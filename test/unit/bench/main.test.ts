/** What the command line of the benchmarks says before anything is measured. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const MAIN = join(import.meta.dirname, '../../../bench/main.ts');

function bench(...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
}

describe('bench/main.ts', () => {
  test('lists the benchmarks with --help', () => {
    const { status, stdout } = bench('--help');
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: .*\[name\.\.\.\]/);
    assert.match(stdout, /\n {2}false-alarms +paths called down/);
  });

  for (const [words, complaint] of [
    [
      ['cuts', 'cutz'],
      /'cutz' is invalid.* aggregation, cuts, outage, direct, hosts, hub, provisioning, wan-count, false-alarms, heals, proxy, connections, agreement, chaos\./,
    ],
    [['--scael', '2'], /unknown option '--scael'\n\(Did you mean --scale\?\)/],
    [['--scale', '0'], /'0' is invalid\. It must be a number greater than 0\./],
  ] as const) {
    test(`refuses ${words.join(' ')} and says what there is`, () => {
      const { status, stdout, stderr } = bench(...words);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, complaint);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }
});
