/**
 * Keeps the path engine alive: when it has ended, it is started again.
 *
 * Always holds: noticed at once, by its control socket; after a `down`, which ends it on purpose, it
 * stays ended.
 */
import { enginePid, startEngine } from '../dataplane/kernel/engine.ts';
import { unlessPending } from '../lib/unless-pending.ts';
import type { SerialQueue } from '../lib/serial-queue.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { EngineWatch } from './engine-watch.ts';
import type { Gateway } from './gateway.ts';
import { revive } from './revive.ts';

export interface EngineLifeOptions {
  readonly directory: RunDirectory;
  readonly gateway: Gateway;
  readonly queue: SerialQueue;
  readonly onRevived: () => Promise<void>;
}

export class EngineLife {
  readonly #options: EngineLifeOptions;
  #watch: EngineWatch | undefined;
  #restarts = 0;

  constructor(options: EngineLifeOptions) {
    this.#options = options;
  }

  get restarts(): number {
    return this.#restarts;
  }

  watch(): void {
    const { directory, queue } = this.#options;
    const revived = unlessPending(() => queue.run(() => this.#revive()));
    this.#watch = new EngineWatch(directory.engineSocket, revived);
  }

  close(): void {
    this.#watch?.close();
  }

  async #revive(): Promise<void> {
    const { directory, gateway, onRevived } = this.#options;
    const revived = await revive({
      hasEnded: () => this.#hasEnded(),
      start: () => startEngine(directory),
      exclusively: (work) => gateway.exclusively(work),
    });
    if (!revived) return;
    this.#restarts += 1;
    await onRevived();
  }

  async #hasEnded(): Promise<boolean> {
    const { directory, gateway } = this.#options;
    const { applied } = await gateway.state();
    return applied !== undefined && (await enginePid(directory)) === undefined;
  }
}
