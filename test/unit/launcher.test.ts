import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };

const launcher = join(import.meta.dirname, '../../bin/wamptcp');
const scratch = mkdtempSync(join(tmpdir(), 'wamptcp-launcher-'));

function run(program: string, options: { cwd?: string; path?: string } = {}) {
  return spawnSync(program, ['--version'], {
    encoding: 'utf8',
    cwd: options.cwd ?? scratch,
    env: { PATH: options.path ?? '/usr/bin:/bin' },
  });
}

describe('bin/wamptcp', () => {
  after(() => {
    rmSync(scratch, { recursive: true });
  });

  test('works from any directory and through a chain of symlinks', () => {
    symlinkSync(launcher, join(scratch, 'first'));
    symlinkSync('first', join(scratch, 'second'));
    for (const program of [launcher, join(scratch, 'second')]) {
      const { stdout, stderr, status } = run(program);
      assert.deepEqual([stdout, stderr, status], [`${packageJson.version}\n`, '', 0]);
    }
  });

  test('says in one line what to do when there is no Node 24', () => {
    const bare = join(scratch, 'bare');
    const tools = join(scratch, 'tools');
    mkdirSync(join(bare, 'bin'), { recursive: true });
    mkdirSync(tools);
    copyFileSync(launcher, join(bare, 'bin/wamptcp'));
    for (const tool of ['sh', 'dirname', 'readlink']) {
      symlinkSync(`/usr/bin/${tool}`, join(tools, tool));
    }
    const { stdout, stderr, status } = run(join(bare, 'bin/wamptcp'), { path: tools });
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^wamptcp: .*make setup.*\n$/);
  });
});
