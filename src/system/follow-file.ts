/**
 * Reads lines as they are appended to a file, like `tail -F`.
 *
 * Always holds: each complete line comes out once, in order; a file that is replaced (the engine's
 * log is a ring of two) is followed.
 */
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

export class FileFollower {
  readonly #path: string;
  readonly #onLine: (line: string) => void;
  readonly #watcher: FSWatcher;
  readonly #buffer = Buffer.alloc(65_536);
  #file: number | undefined;
  #position = 0;
  #partial = '';

  /** Starts at the end of the file as it is now; one that appears later is read from its start. */
  constructor(path: string, onLine: (line: string) => void) {
    this.#path = path;
    this.#onLine = onLine;
    this.#open(true);
    // The directory, not the file: a watch on the file would stay with the one that is renamed away.
    this.#watcher = watch(dirname(path), (_event, name) => {
      if (name === basename(path)) this.#read();
    });
    this.#watcher.on('error', () => undefined);
  }

  close(): void {
    this.#watcher.close();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(atEnd: boolean): void {
    try {
      this.#file = openSync(this.#path, 'r');
      this.#position = atEnd ? fstatSync(this.#file).size : 0;
    } catch {
      // Not there yet: the watcher tells when it is.
      this.#file = undefined;
    }
  }

  #read(): void {
    this.#drain();
    if (this.#wasReplaced()) {
      if (this.#file !== undefined) closeSync(this.#file);
      this.#partial = '';
      this.#open(false);
      this.#drain();
    }
  }

  #wasReplaced(): boolean {
    const current = statSync(this.#path, { throwIfNoEntry: false });
    if (current === undefined) return false;
    return this.#file === undefined || fstatSync(this.#file).ino !== current.ino;
  }

  #drain(): void {
    if (this.#file === undefined) return;
    for (;;) {
      const count = readSync(this.#file, this.#buffer, 0, this.#buffer.length, this.#position);
      if (count === 0) return;
      this.#position += count;
      const lines = (this.#partial + this.#buffer.toString('utf8', 0, count)).split('\n');
      this.#partial = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
    }
  }
}
