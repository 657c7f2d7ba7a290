/**
 * Where events go: the log, a file that outlives the daemon, and whoever listens.
 *
 * Always holds: appended in order, newest last; the file is a ring of two parts of at most 1 MiB. What
 * cannot be written, on a full disk, is told all the same.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';

import type { Event } from '../observe/event.ts';
import type { Logger } from '../lib/logger.ts';
import { readIfPresent } from '../system/file.ts';

const FILE_BYTES = 1_048_576;

export class EventJournal {
  readonly #path: string;
  readonly #log: Logger;
  readonly #listeners = new Set<(event: Event) => void>();

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  add(event: Event): void {
    this.#log.info({ event }, event.text);
    try {
      this.#write(event);
    } catch (error) {
      this.#log.error({ err: error }, 'the event cannot be kept');
    }
    for (const listener of this.#listeners) listener(event);
  }

  #write(event: Event): void {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > FILE_BYTES) renameSync(this.#path, `${this.#path}.1`);
    appendFileSync(this.#path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  }

  /** @returns a function that ends it. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What the file at `path` holds, oldest first; a line cut off by a crash is left out. */
export async function readEvents(path: string): Promise<readonly Event[]> {
  const parts = [await readIfPresent(`${path}.1`), await readIfPresent(path)];
  return parts
    .flatMap((part) => (part ?? '').split('\n'))
    .flatMap((line) => {
      try {
        // Only `add` above writes this file.
        return [JSON.parse(line) as Event];
      } catch {
        return [];
      }
    });
}
