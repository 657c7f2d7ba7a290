/**
 * Rolls back an apply that was not confirmed in time, or was killed half way.
 *
 * Always holds: one that fails, however it does, is tried again after a while, and told once; while
 * somebody else is at work, which may be the apply itself, there is nothing to be done or told.
 */
import type { Pending } from '../apply/state.ts';
import type { Clock } from '../lib/clock.ts';
import { brieflyOf } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import type { Gateway } from './gateway.ts';
import { isBusy } from './gateway-errors.ts';

/** What is undone on every failure must not be made too often. */
const PAUSE_MS = 10_000;

export interface ExpiredApplyOptions {
  readonly gateway: Pick<Gateway, 'rollback' | 'state'>;
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
    const { clock, onEvent, gateway } = this.#options;
    if (clock.monotonic() < this.#notBefore) return false;
    // What keeps the state from being read is said by the attempt.
    const { pending } = await gateway.state().catch(() => ({ pending: undefined }));
    const error = await this.#attempt();
    if (error === undefined) return false;
    const why = whyRolledBack(pending);
    if (error === null) {
      this.#told = '';
      onEvent({ kind: 'applied', text: `${why}: rolled back` });
      return true;
    }
    this.#notBefore = clock.monotonic() + PAUSE_MS;
    const text = `${why}, but it cannot be rolled back: ${error}`;
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
      return isBusy(error) ? undefined : brieflyOf(error);
    }
  }
}

/** Of one that is rolled back. */
export function whyRolledBack(pending: Pending | undefined): string {
  return pending !== undefined && pending.time === undefined
    ? 'an `apply --confirm` was killed before it was finished'
    : 'not confirmed in time';
}
