/**
 * Tells at once when the engine is gone: a connection to its control socket ends with it.
 *
 * Always holds: one connection at a time; after `close` nothing is reported any more.
 */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

const RETRY_MS = 200;

export class EngineWatch {
  readonly #path: string;
  readonly #onGone: () => void;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(path: string, onGone: () => void) {
    this.#path = path;
    this.#onGone = onGone;
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    this.#socket = createConnection(this.#path)
      .on('error', () => undefined)
      .on('data', () => undefined)
      .on('close', () => {
        if (this.#closed) return;
        this.#onGone();
        this.#timer = setTimeout(() => {
          this.#connect();
        }, RETRY_MS);
      });
  }
}
