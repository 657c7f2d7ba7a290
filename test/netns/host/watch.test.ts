/** `wamptcp-host watch` by itself, as where no systemd looks after what it leaves. Needs root. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { execa } from 'execa';

import { Namespace } from '../gateway/namespace.ts';
import { until } from '../lab/lab-of-test.ts';

const ROOM = join(import.meta.dirname, 'host-room.sh');
const INSTALL = resolve(import.meta.dirname, '../../../host/install');
const WATCH = 'exec chroot "$ROOT" /usr/local/sbin/wamptcp-host watch';

for (const shell of ['dash', 'busybox']) {
  describe(`watch in ${shell}`, () => {
    let directory: string;
    let namespace: Namespace;
    let watch: ChildProcess;

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'wamptcp-watch-'));
      namespace = await Namespace.create(`watch-${shell}`);
      const [program, ...prefix] = namespace.prefix;
      const words = [...prefix, 'unshare', '--mount', '--propagation', 'private', 'dash', '-euc'];
      watch = spawn(program, [...words, `. ${ROOM}; ${WATCH}`], {
        stdio: 'ignore',
        env: { ...process.env, DIRECTORY: directory, SHELL_: shell, CLIENT: 'none', INSTALL },
      });
      await follows('10.10.1.5');
    });
    afterEach(async () => {
      watch.kill('SIGKILL');
      await namespace.endProcesses();
      await namespace.remove();
      rmSync(directory, { recursive: true });
    });

    /** An address that comes gets an endpoint. */
    async function follows(address: string): Promise<void> {
      await until('ip listens', async () => (await listeners()).length === 1);
      await namespace.ip(`address add ${address}/24 dev eth0`);
      await until(`an endpoint for ${address}`, async () => {
        const { stdout } = await execa('ip', ['-n', namespace.name, 'mptcp', 'endpoint', 'show']);
        return stdout.includes(`${address} id`);
      });
    }

    const running = async (): Promise<readonly string[]> =>
      (await namespace.run('ip', 'netns', 'pids', namespace.name)).split('\n').filter(isThere);
    const listeners = async (): Promise<readonly string[]> =>
      (await running()).filter((pid) => commandOf(pid).startsWith('ip -o monitor'));

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      test(`leaves nobody behind when ${signal} ends it alone`, async () => {
        watch.kill(signal);
        await until('it has ended', async () => hasEnded(watch));
        await until('nobody is left', async () => (await running()).length === 0);
        assert.equal(watch.exitCode, 0);
      });
    }

    test('goes on when those that it started have ended', async () => {
      for (const pid of await listeners()) process.kill(Number(pid), 'SIGKILL');
      await until('ip is gone', async () => (await listeners()).length === 0);
      await follows('10.10.2.5');
      assert.equal((await listeners()).length, 1);
    });

    test('leaves nothing in the run directory that is for itself', async () => {
      await until('its looks are done', async () => {
        const names = readdirSync(`/proc/${watch.pid}/root/run/wamptcp-host`);
        return String(names) === 'lock';
      });
    });
  });
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

const isThere = (pid: string): boolean => pid !== '' && commandOf(pid) !== '';

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
