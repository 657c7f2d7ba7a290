/**
 * The guard of an unconfirmed apply: outlives the terminal, and needs no daemon.
 *
 * Always holds: it ends when nothing waits for confirmation any more; it gives up only after many
 * attempts, for somebody may be locked out.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '../lib/clock.ts';
import type { ApplyReport, Gateway } from './gateway.ts';

const ATTEMPTS = 60;
const PAUSE_MS = 5000;
/** The apply that it guards may still wait for another command, or for what has to be undone first. */
const BEGIN_MS = 30_000;

export interface GuardTimes {
  /** Between two attempts, milliseconds. */
  readonly pause: number;
  /** For so long it waits for something to be pending. */
  readonly begin: number;
}

/**
 * Waits until the time to confirm is over and rolls back then; whatever is in the way, such as another
 * command at work, is tried again.
 * @returns undefined: it was confirmed, or rolled back by somebody else.
 * @throws what was in the way of the last attempt
 */
export async function rollBackExpired(
  gateway: Pick<Gateway, 'state' | 'rollback'>,
  clock: Clock,
  { pause, begin }: GuardTimes = { pause: PAUSE_MS, begin: BEGIN_MS },
): Promise<ApplyReport | undefined> {
  const began = clock.monotonic();
  for (let attempt = 1; ; attempt++) {
    try {
      const report = await gateway.rollback(true);
      const over = report !== undefined && report.failure === undefined;
      if (over || attempt === ATTEMPTS) return report;
      const { pending } = await gateway.state();
      const late = clock.monotonic() - began >= begin;
      if (pending === undefined && late) return undefined;
      if (pending !== undefined) await sleep(Math.max(0, pending.due - clock.monotonic()));
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
    await sleep(pause);
  }
}
