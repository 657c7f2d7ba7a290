/**
 * Keeps the path engine alive: when it has ended, it is started again.
 *
 * Always holds: noticed at once, by its control socket; after a `down`, which ends it on purpose, it
 * stays ended.
 */
import { enginePid, startEngine } from '../dataplane/kernel/engine.ts';
import { unlessPending } from '../lib/unless-pending.ts';
import type { SerialQueue } from '../lib/serial-queue.ts';
import type { Event } from '../observe/event.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { EngineWatch } from './engine-watch.ts';
import type { Gateway } from './gateway.ts';
import { Revival } from './revival.ts';

export interface EngineLifeOptions {
  readonly directory: RunDirectory;
  readonly gateway: Gateway;
  readonly queue: SerialQueue;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
  readonly onRevived: () => Promise<void>;
}

export class EngineLife {
  readonly #options: EngineLifeOptions;
  #watch: EngineWatch | undefined;
  readonly #revival: Revival;

  constructor(options: EngineLifeOptions) {
    this.#options = options;
    const { directory, gateway, onEvent } = options;
    this.#revival = new Revival({
      program: 'BIRD',
      kind: 'engine-restarted',
      hasEnded: () => this.#hasEnded(),
      start: () => startEngine(directory),
      exclusively: (work) => gateway.exclusively(work),
      onEvent,
    });
  }

  get restarts(): number {
    return this.#revival.restarts;
  }

  watch(): void {
    const { directory, queue } = this.#options;
    const revived = unlessPending(() => queue.run(() => this.revive()));
    this.#watch = new EngineWatch(directory.engineSocket, revived);
  }

  close(): void {
    this.#watch?.close();
  }

  /** Starts the engine when it has ended; for who has the queue. */
  async revive(): Promise<void> {
    if (await this.#revival.attempt()) await this.#options.onRevived();
  }

  async #hasEnded(): Promise<boolean> {
    const { directory, gateway } = this.#options;
    const { applied } = await gateway.state();
    return applied !== undefined && (await enginePid(directory)) === undefined;
  }
}
