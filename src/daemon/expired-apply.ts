/**
 * Rolls back an apply that was not confirmed in time.
 *
 * Always holds: one that fails is tried again whenever this is called, and told once.
 */
import { messageOf } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import type { Gateway } from './gateway.ts';

export class ExpiredApply {
  readonly #gateway: Pick<Gateway, 'rollback'>;
  readonly #onEvent: (event: Omit<Event, 'at'>) => void;
  #told = '';

  constructor(gateway: Pick<Gateway, 'rollback'>, onEvent: (event: Omit<Event, 'at'>) => void) {
    this.#gateway = gateway;
    this.#onEvent = onEvent;
  }

  /** @returns whether the machine is another one now. */
  async rollBack(): Promise<boolean> {
    const report = await this.#gateway.rollback(true);
    if (report === undefined) return false;
    const text =
      report.failure === undefined
        ? 'not confirmed in time: rolled back'
        : `not confirmed in time, but it cannot be rolled back: ${messageOf(report.failure.error)}`;
    const kind = report.failure === undefined ? 'applied' : 'apply-failed';
    if (kind === 'applied' || text !== this.#told) this.#onEvent({ kind, text });
    this.#told = text;
    return kind === 'applied';
  }
}
