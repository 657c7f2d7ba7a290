/**
 * A terminal in which documented lines are typed as they are written.
 *
 * Always holds: a line is run by `sh`, not taken apart; what goes on by its nature (`run`, `--watch`,
 * `--follow`, `apply --confirm`) is started, has to say something, and is ended by its process group;
 * anything else has to end with 0.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

import { execa } from 'execa';

import { eventually } from '../gateway/gateway-under-test.ts';

export interface Place {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The words before a program that run it where the terminal is; none: here. */
  readonly prefix?: readonly string[];
}

/** What goes on, and what it says as soon as the next line can be typed. */
const GOES_ON = [
  { words: /\bwamptcp run\b/, says: /\S/ },
  { words: /\bwamptcp status\b.*--watch/, says: /\bpath\b/ },
  { words: /\bwamptcp events\b.*--follow/, says: /\S/ },
  { words: /\bwamptcp apply\b.*--confirm/, says: /`wamptcp confirm`/ },
] as const;

/** A measurement of 20 s tells no more here than one of two. */
const SHORTER = [/(?<=\biperf3\b.* )-t 20\b/, '-t 2'] as const;

/** Far longer than any of them takes. */
const LIMIT_MS = 120_000;

class Running {
  readonly text: string;
  readonly child: ChildProcess;
  readonly closed: Promise<void>;
  output = '';

  constructor(text: string, child: ChildProcess) {
    this.text = text;
    this.child = child;
    this.closed = new Promise((resolve) => child.once('close', () => resolve()));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part: string) => (this.output += part));
    }
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async end(): Promise<void> {
    if (this.alive && this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGTERM');
    await this.closed;
  }
}

export class Terminal {
  readonly #place: Place;
  readonly #running: Running[] = [];

  constructor(place: Place) {
    this.#place = place;
  }

  /** Types a line; comes back when the next one can be typed. */
  async type(text: string): Promise<string> {
    const kind = GOES_ON.find(({ words }) => words.test(text));
    return kind === undefined ? await this.#run(text) : await this.#start(text, kind.says);
  }

  /** What went on by itself: ended well, or is alive. Leaves alone what `stays` matches. */
  async endWhatGoesOn(stays?: RegExp): Promise<void> {
    for (const one of this.#running.filter(({ text }) => stays?.test(text) !== true)) {
      // The answer to it was typed in the meantime, so it ends by itself.
      if (/--confirm/.test(one.text)) await one.closed;
      else assert.ok(one.alive, `${one.text} ended: ${one.output}`);
      await one.end();
      if (/--confirm/.test(one.text)) assert.equal(one.child.exitCode, 0, one.output);
      this.#running.splice(this.#running.indexOf(one), 1);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.splice(0).map(async (one) => one.end()));
  }

  async #run(text: string): Promise<string> {
    const [program, ...words] = this.#words(text);
    const { exitCode, all, timedOut } = await execa(program, words, {
      cwd: this.#place.directory,
      env: this.#place.environment,
      extendEnv: false,
      stdin: 'ignore',
      all: true,
      reject: false,
      timeout: LIMIT_MS,
    });
    assert.ok(!timedOut, `does not end: ${text}\n${all}`);
    assert.equal(exitCode, 0, `${text}\n${all}`);
    return all;
  }

  async #start(text: string, says: RegExp): Promise<string> {
    const [program, ...words] = this.#words(text);
    const running = new Running(
      text,
      spawn(program, words, {
        cwd: this.#place.directory,
        env: this.#place.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A process group of its own, so that all of it can be ended and nothing else.
        detached: true,
      }),
    );
    this.#running.push(running);
    await eventually(
      () => `${text} says ${String(says)}, but: ${running.output}`,
      async () => {
        assert.ok(running.alive, `${text} ended: ${running.output}`);
        return says.test(running.output);
      },
    );
    return running.output;
  }

  #words(text: string): readonly [string, ...string[]] {
    const typed = text.replace(...SHORTER);
    const [program, ...prefix] = this.#place.prefix ?? [];
    return program === undefined ? ['sh', '-c', typed] : [program, ...prefix, 'sh', '-c', typed];
  }
}
