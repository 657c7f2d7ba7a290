/**
 * One at a time, in the order in which it was asked for.
 *
 * Always holds: what fails fails for its caller alone; with a patience, what never ends holds up the
 * next one for so long, and not for ever.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export class Mutex {
  readonly #patience: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param patience milliseconds that the next one waits after it has been asked for; default: for ever */
  constructor(patience?: number) {
    this.#patience = patience;
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#last = before.then(() => promise);
    try {
      await (this.#patience === undefined ? before : within(this.#patience, before));
      return await work();
    } finally {
      resolve(undefined);
    }
  }
}

/** Until `before` is over, but no longer than so many milliseconds. */
async function within(patience: number, before: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = sleep(patience, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([before, late]);
  over.abort();
}
