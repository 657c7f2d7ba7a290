/**
 * Rolls back an apply that was not confirmed in time.
 *
 * Always holds: one that fails, however it does, is tried again after a while, and told once.
 */
import type { Clock } from '../lib/clock.ts';
import { brieflyOf } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import type { Gateway } from './gateway.ts';

/** What is undone on every failure must not be made too often. */
const PAUSE_MS = 10_000;

export interface ExpiredApplyOptions {
  readonly gateway: Pick<Gateway, 'rollback'>;
  readonly clock: Clock;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

export class ExpiredApply {
  readonly #options: ExpiredApplyOptions;
  #told = '';
  #notBefore = 0;

  constructor(options: ExpiredApplyOptions) {
    this.#options = options;
  }

  /** @returns whether the machine is another one now. */
  async rollBack(): Promise<boolean> {
    const { clock, onEvent } = this.#options;
    if (clock.monotonic() < this.#notBefore) return false;
    const error = await this.#attempt();
    if (error === undefined) return false;
    if (error === null) {
      this.#told = '';
      onEvent({ kind: 'applied', text: 'not confirmed in time: rolled back' });
      return true;
    }
    this.#notBefore = clock.monotonic() + PAUSE_MS;
    const text = `not confirmed in time, but it cannot be rolled back: ${error}`;
    if (text !== this.#told) onEvent({ kind: 'apply-failed', text });
    this.#told = text;
    return false;
  }

  /** What is in the way, in words; null: nothing, undefined: there was nothing to be done. */
  async #attempt(): Promise<string | null | undefined> {
    try {
      const report = await this.#options.gateway.rollback(true);
      if (report === undefined) return undefined;
      return report.failure === undefined ? null : brieflyOf(report.failure.error);
    } catch (error) {
      return brieflyOf(error);
    }
  }
}
