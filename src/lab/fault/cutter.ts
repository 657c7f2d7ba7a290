/**
 * The knife: one `nft` that waits inside the core's namespace, so that a cut takes the kernel's time
 * and not that of starting a program.
 *
 * Measured: 1 ms from here to the confirmed cut, where `ip netns exec … nft` takes 6 to 16 ms with
 * the cut somewhere in between. nft prints what was added (`--echo`) when the kernel tells it that
 * the transaction is done, so the time returned is after the cut, by what it takes to read a line.
 *
 * Always holds: it dies with this process, even if that is killed. Changes are made in order.
 */
import { createInterface } from 'node:readline';

import { execa } from 'execa';

import { systemClock } from '../../lib/clock.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { Mutex } from '../../lib/mutex.ts';
import type { Milliseconds } from '../../net/duration.ts';
import { cutTransaction } from '../build/core.ts';
import type { CutSets } from '../build/core.ts';

const PATIENCE_MS = 5000;

interface Waiting {
  readonly confirm: (at: Milliseconds) => void;
  readonly fail: (error: Error) => void;
}

export class Cutter {
  readonly #child;
  #waiting: Waiting | undefined;
  readonly #turns = new Mutex();
  #ended = false;
  #said = '';

  constructor(core: string) {
    const nft = ['nft', '--echo', '--interactive'];
    this.#child = execa('setpriv', ['--pdeathsig', 'KILL', 'ip', 'netns', 'exec', core, ...nft], {
      reject: false,
      buffer: false,
      stdin: 'pipe',
      env: { LC_ALL: 'C' },
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.includes(' sequence ')) this.#settle(systemClock.monotonic());
    });
    this.#child.stderr.on('data', (part: Buffer) => {
      this.#said = (this.#said + part.toString()).slice(-1000);
      this.#settle(undefined);
    });
    this.#child.stdin.on('error', () => undefined);
    void this.#child.then(() => {
      this.#ended = true;
      this.#settle(undefined);
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves to the monotonic time right after the kernel took it. */
  async set(sets: CutSets): Promise<Milliseconds> {
    return this.#turns.exclusively(() => this.#transact(sets));
  }

  close(): void {
    this.#ended = true;
    this.#child.stdin.end();
    this.#child.kill('SIGTERM');
  }

  async #transact(sets: CutSets): Promise<Milliseconds> {
    const { promise, resolve, reject } = Promise.withResolvers<Milliseconds>();
    this.#waiting = { confirm: resolve, fail: reject };
    this.#said = '';
    const timer = setTimeout(() => this.#settle(undefined), PATIENCE_MS);
    if (this.#ended) this.#settle(undefined);
    else this.#child.stdin.write(`${cutTransaction(sets, process.pid)}\n`);
    return promise.finally(() => clearTimeout(timer));
  }

  #settle(at: Milliseconds | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    if (at !== undefined) {
      waiting.confirm(at);
      return;
    }
    const words = this.#said.trim() || 'nft did not answer';
    waiting.fail(
      new WamptcpError('LAB_CUT_FAILED', `The packet filter of the line refused: ${words}`, {
        advice:
          'Look with `wamptcp lab status` whether the lab is complete; `lab down` removes it.',
      }),
    );
  }
}
