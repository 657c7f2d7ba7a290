/**
 * A sequence that is still being written: every reader sees all of it from the beginning and then
 * what comes, so that nothing is lost however late one begins to read.
 */

export class Feed<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #wake = Promise.withResolvers<undefined>();
  #ended = false;

  push(item: T): void {
    this.#items.push(item);
    this.#notify();
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What has come so far. */
  get items(): readonly T[] {
    return this.#items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let index = 0; ;) {
      // Taken before looking, so that an item pushed meanwhile wakes this reader.
      const wake = this.#wake.promise;
      while (index < this.#items.length) yield this.#items[index++] as T;
      if (this.#ended && index === this.#items.length) return;
      await wake;
    }
  }

  /** The first item, past or future, that is an `R`; undefined if the sequence ends without one. */
  async find<R extends T>(isWanted: (item: T) => item is R): Promise<R | undefined> {
    for await (const item of this.only(isWanted)) return item;
    return undefined;
  }

  /** The items that are an `R`, past and future. */
  async *only<R extends T>(isWanted: (item: T) => item is R): AsyncGenerator<R, void, undefined> {
    for await (const item of this) if (isWanted(item)) yield item;
  }

  #notify(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<undefined>();
    resolve(undefined);
  }
}
