/**
 * A machine for a hub: a network namespace with interfaces whose other ends nobody answers at, and what
 * runs in it.
 *
 * Always holds: `remove` ends what was started in it and leaves nothing, however far things had come.
 */
import { spawn } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { stopBackground } from '../src/system/background.ts';
import { run } from '../src/system/command.ts';
import { isReached } from '../src/system/is-reached.ts';
import { runDirectoryOf } from '../src/system/run-directory.ts';
import type { RunDirectory } from '../src/system/run-directory.ts';
import { HUB_LAN, hubWan } from './hub-site.ts';

const NAME = 'wamptcp-hub-bench';
const WAMPTCP = resolve(import.meta.dirname, '../bin/wamptcp');
/** Whatever it takes is what is measured. */
const PATIENCE_MS = 600_000;

export class HubMachine {
  readonly directory: RunDirectory;

  private constructor(directory: RunDirectory) {
    this.directory = directory;
  }

  static async create(wans: number): Promise<HubMachine> {
    await run(['ip', 'netns', 'add', NAME]);
    const machine = new HubMachine(runDirectoryOf((await stat(`/run/netns/${NAME}`)).ino));
    const names = [HUB_LAN, ...Array.from({ length: wans }, (_, wan) => hubWan(wan))];
    for (const name of names) {
      await machine.run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-far`);
      await machine.run('ip', 'link', 'set', `${name}-far`, 'up');
    }
    return machine;
  }

  async run(...argv: readonly string[]): Promise<string> {
    return await run(['ip', 'netns', 'exec', NAME, ...argv], { timeout: PATIENCE_MS });
  }

  async wamptcp(...argv: readonly string[]): Promise<string> {
    return await this.run(WAMPTCP, ...argv);
  }

  /** Milliseconds that it takes. */
  async time(...argv: readonly string[]): Promise<number> {
    const began = performance.now();
    await this.run(...argv);
    return performance.now() - began;
  }

  async timeWamptcp(...argv: readonly string[]): Promise<number> {
    return await this.time(WAMPTCP, ...argv);
  }

  /** A daemon for as long as `use` takes; it is given how long it took to answer, milliseconds. */
  async withDaemon<T>(
    file: string,
    use: (daemon: { readonly pid: number; readonly answeredAfter: number }) => Promise<T>,
  ): Promise<T> {
    const began = performance.now();
    const daemon = spawn('ip', ['netns', 'exec', NAME, WAMPTCP, 'run', '-c', file], {
      stdio: 'ignore',
    });
    const ended = new Promise((done) => daemon.once('exit', done));
    try {
      const answers = await isReached(
        async () =>
          await this.run(
            'curl',
            '-sf',
            '--unix-socket',
            this.directory.api,
            'http://x/status',
          ).then(
            () => true,
            () => false,
          ),
        PATIENCE_MS,
      );
      if (!answers || daemon.pid === undefined) throw new Error('the daemon does not answer');
      return await use({ pid: daemon.pid, answeredAfter: performance.now() - began });
    } finally {
      daemon.kill('SIGTERM');
      await ended;
    }
  }

  async remove(): Promise<void> {
    const { enginePid: pidFile, engineConfig: config, path } = this.directory;
    await stopBackground({ program: 'bird', pidFile, config });
    await run(['ip', 'netns', 'delete', NAME], { timeout: PATIENCE_MS });
    await rm(path, { recursive: true, force: true });
  }
}

/** What a process keeps in memory, MiB. */
export async function residentMemory(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024;
}
