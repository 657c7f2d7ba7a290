/**
 * Programs that are not ours, in the namespace of a test.
 *
 * Always holds: they are ended by their pids, the last one started first.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { eventually } from './gateway-under-test.ts';
import type { Namespace } from './namespace.ts';

export class ForeignPrograms {
  readonly #namespace: Namespace;
  readonly #processes: ChildProcess[] = [];

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Of all that were started, in this order. */
  get pids(): readonly (number | undefined)[] {
    return this.#processes.map(({ pid }) => pid);
  }

  /** Not on our terminal: a program has its own log. */
  start(...argv: readonly string[]): void {
    const [program, ...prefix] = this.#namespace.prefix;
    this.#processes.push(spawn(program, [...prefix, ...argv], { stdio: 'ignore' }));
  }

  /** As {@link start}, and waits until it has made its socket. */
  async listening(socket: string, ...argv: readonly string[]): Promise<void> {
    this.start(...argv);
    await eventually(`${basename(socket)} is there`, async () => existsSync(socket));
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    for (const child of this.#processes.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill(signal);
      });
    }
  }
}
