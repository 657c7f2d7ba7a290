/**
 * One at a time, in the order in which it was asked for.
 *
 * Always holds: what fails fails for its caller alone; what never ends holds up the next one for so
 * long as it has patience, and not for ever.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export class Mutex {
  readonly #patience: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param patience milliseconds that the next one waits after it has been asked for */
  constructor(patience: number) {
    this.#patience = patience;
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#last = before.then(() => promise);
    const impatient = new AbortController();
    const { signal } = impatient;
    const late = sleep(this.#patience, undefined, { signal }).catch(() => undefined);
    try {
      await Promise.race([before, late]);
      impatient.abort();
      return await work();
    } finally {
      resolve(undefined);
    }
  }
}
