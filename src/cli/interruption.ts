/**
 * Ctrl-C, a lost terminal, or output that nobody reads, while the machine is being changed.
 *
 * Always holds: none of them ends the process, however often it comes; a lost terminal is told apart
 * from somebody who wants it to stop.
 */
import { keepFromTerminal } from '../system/command.ts';
import { complain } from './output.ts';

/** `stop`: by whatever; `go-on-alone`: a lost terminal does not stop it; `finish`: nothing does. */
export type Heed = 'stop' | 'go-on-alone' | 'finish';

/** Somebody who wants it to stop, and what takes away the terminal. */
const ASKED = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;
const WORDS: Readonly<Record<string, string>> = {
  SIGINT: 'by Ctrl-C',
  SIGTERM: 'by SIGTERM',
  SIGQUIT: 'by SIGQUIT',
};
const GONE = 'since its terminal is gone';

export class Interruption {
  readonly #heed: Heed;
  #why: string | undefined;
  readonly #listeners: (readonly [string, () => void])[] = [];

  constructor(heed: Heed) {
    this.#heed = heed;
    keepFromTerminal();
    for (const signal of ASKED) {
      this.#on(signal, () => {
        this.#asked(signal);
      });
    }
    this.#on('SIGHUP', () => {
      this.#lost(GONE);
    });
    // Suspended, it would keep everybody else from the machine, and leave it half done.
    this.#on('SIGTSTP', () => {
      complain('This cannot be suspended: it would stand half done.');
    });
    for (const stream of [process.stdout, process.stderr]) {
      // Ours instead of the one that ends the process.
      stream.removeAllListeners('error');
      stream.on('error', (error: NodeJS.ErrnoException) => {
        // What is written to a terminal that is gone may be refused before the signal comes.
        this.#lost(error.code === 'EIO' ? GONE : 'since nobody reads its output');
      });
    }
  }

  /** Given to what has to be stopped. */
  readonly stopped = (): boolean => this.#why !== undefined;

  /** Why it is to stop, behind "interrupted"; undefined: it is not. */
  get why(): string | undefined {
    return this.#why;
  }

  /** What was asked to stop has come to its end all the same. */
  tellIfLate(): void {
    if (this.#why !== undefined) complain('It was done before it could be stopped.');
  }

  /** From now on signals do what they always do; lost output goes on to be of no account. */
  end(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener);
    this.#listeners.push([signal, listener]);
  }

  #asked(signal: (typeof ASKED)[number]): void {
    if (this.#heed === 'finish') {
      complain(`${signal}: this is finished first.`);
      return;
    }
    complain(
      this.#why === undefined
        ? `${signal}: the change at hand is finished, then everything is undone.`
        : `${signal}: it is being undone; please wait.`,
    );
    this.#why ??= WORDS[signal];
  }

  #lost(why: string): void {
    if (this.#heed === 'stop') this.#why ??= why;
  }
}
