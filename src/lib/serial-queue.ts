/**
 * One thing at a time, in the order in which it was asked for.
 *
 * Always holds: a failure is told and does not keep the next thing from being done; after `close`
 * nothing is begun any more.
 */
import { Mutex } from './mutex.ts';

export class SerialQueue {
  readonly #onFailure: (error: unknown) => void;
  readonly #turns = new Mutex();
  #closed = false;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** @returns whether it was done; never rejects. */
  run(work: () => Promise<void> | void): Promise<boolean> {
    return this.#turns.exclusively(async () => {
      if (this.#closed) return false;
      try {
        await work();
        return true;
      } catch (error) {
        this.#onFailure(error);
        return false;
      }
    });
  }

  /** Resolves when what is under way is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.exclusively(() => Promise.resolve());
  }
}
