/**
 * A helper program that runs as long as we do and prints lines.
 *
 * Always holds: it dies with us, even on `kill -9` (parent-death signal); when it ends by itself it
 * is started again after a pause, and the owner is told, since lines may have been missed. One that
 * should print all the time and does not is ended, and so started again.
 */
import { createInterface } from 'node:readline';

import { execa } from 'execa';

const RESTART_PAUSE_MS = 1000;

export interface LineProcessOptions {
  readonly onLine: (line: string) => void;
  /** After each start, the first included. */
  readonly onStart?: () => void;
  /** Without a line for so many milliseconds it hangs. Default: it may be silent for ever. */
  readonly silence?: number;
}

export class LineProcess {
  readonly #argv: readonly string[];
  readonly #options: LineProcessOptions;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(argv: readonly string[], options: LineProcessOptions) {
    this.#argv = argv;
    this.#options = options;
    this.#start();
  }

  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#forgetSilence();
  }

  #start(): void {
    const child = execa('setpriv', ['--pdeathsig', 'KILL', ...this.#argv], {
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stderr: 'ignore',
      cancelSignal: this.#stop.signal,
      env: { LC_ALL: 'C' },
    });
    const { onLine, onStart, silence } = this.#options;
    if (silence !== undefined) {
      // A program that is stopped takes no other signal.
      this.#silence = setTimeout(() => child.kill('SIGKILL'), silence);
    }
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#silence?.refresh();
      onLine(line);
    });
    child.once('spawn', () => onStart?.());
    void child.then(() => {
      this.#forgetSilence();
      if (this.#stop.signal.aborted) return;
      this.#timer = setTimeout(() => {
        this.#start();
      }, RESTART_PAUSE_MS);
    });
  }

  /** A timer that is only cleared begins anew with the next line. */
  #forgetSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }
}
