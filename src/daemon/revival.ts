/**
 * Programs of ours that have ended are started again, by whichever watch they belong to.
 *
 * Always holds: a command beside us may have ended it on purpose, so it is asked twice, the second time
 * while nobody else changes this machine; one that cannot be started is told once and tried
 * again after 1, 2, 4, … 60 seconds.
 */
import { brieflyOf } from '../lib/errors.ts';
import { retryPause } from '../lib/retry-pause.ts';
import type { Event, EventKind } from '../observe/event.ts';

/** Nobody else changes this machine until the work is done. */
export type Exclusively = <T>(work: () => Promise<T>) => Promise<T>;

export interface Mortal {
  /** As people know it. */
  readonly program: string;
  /** Of the event that it was started again. */
  readonly kind: EventKind;
  /** It should run and does not. */
  readonly hasEnded: () => Promise<boolean>;
  readonly start: () => Promise<void>;
  readonly exclusively: Exclusively;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
  /** Monotonic milliseconds; default: the system's. */
  readonly now?: () => number;
}

export class Revival {
  readonly #mortal: Mortal;
  #restarts = 0;
  #failures = 0;
  /** Monotonic. */
  #notBefore = 0;

  constructor(mortal: Mortal) {
    this.#mortal = mortal;
  }

  get restarts(): number {
    return this.#restarts;
  }

  #now(): number {
    return this.#mortal.now?.() ?? performance.now();
  }

  /** @returns whether it had to be started, and was. */
  async attempt(): Promise<boolean> {
    const { program, kind, hasEnded, exclusively, onEvent } = this.#mortal;
    if (this.#now() < this.#notBefore || !(await hasEnded())) return false;
    const started = await exclusively(async () => (await hasEnded()) && (await this.#start()));
    if (!started) return false;
    this.#restarts += 1;
    this.#failures = 0;
    onEvent({ kind, text: `${program} had ended and was started again` });
    return true;
  }

  async #start(): Promise<boolean> {
    const { program, start, onEvent } = this.#mortal;
    try {
      await start();
      return true;
    } catch (error) {
      const text = `${program} has ended, cannot be started and is tried again: ${brieflyOf(error)}`;
      if (this.#failures === 0) onEvent({ kind: 'apply-failed', text });
      this.#failures += 1;
      this.#notBefore = this.#now() + retryPause(this.#failures);
      return false;
    }
  }
}
