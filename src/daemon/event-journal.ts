/**
 * Where events go: the log, a file that outlives the daemon, and whoever listens.
 *
 * Always holds: appended in order, newest last; the file is a ring of two parts of at most 1 MiB. What
 * cannot be written, on a full disk, is told all the same.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';

import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { levelOf } from '../observe/event.ts';
import type { Event } from '../observe/event.ts';
import { explainWrite } from '../system/disk.ts';
import { readIfPresent } from '../system/file.ts';

const FILE_BYTES = 1_048_576;

export class EventJournal {
  readonly #path: string;
  readonly #log: Logger;
  readonly #listeners = new Set<(event: Event) => void>();
  #unkept = false;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  add(event: Event): void {
    this.#log[levelOf(event.kind)]({ event }, event.text);
    try {
      this.#write(event);
      this.#unkept = false;
    } catch (error) {
      // Once, for a full disk stays full for many events, and each of them is in this log.
      if (!this.#unkept) {
        const reason = messageOf(explainWrite(error, this.#path));
        this.#log.error(`events are in this log only: ${reason}`);
      }
      this.#unkept = true;
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
