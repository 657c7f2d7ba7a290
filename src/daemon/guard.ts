/**
 * The guard of an unconfirmed apply: outlives the terminal, and needs no daemon.
 *
 * Always holds: it ends when nothing waits for confirmation any more; it gives up only after many
 * attempts that failed, for somebody may be locked out; that somebody else is at work, such as the apply
 * itself or another guard, is no attempt.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '../lib/clock.ts';
import type { ApplyReport, Gateway } from './gateway.ts';
import { isBusy } from './gateway-errors.ts';

const ATTEMPTS = 60;
const PAUSE_MS = 5000;
/** A timer of Node stands still while the machine sleeps; the time to confirm need not. */
const LONGEST_NAP_MS = 1000;

/**
 * Waits until the time to confirm is over and rolls back then, or when the apply was killed; what is
 * in the way is tried again.
 * @param pause between two attempts, milliseconds
 * @returns undefined: it was confirmed, or rolled back by somebody else.
 * @throws what was in the way of the last attempt
 */
export async function rollBackExpired(
  gateway: Pick<Gateway, 'state' | 'rollback'>,
  clock: Clock,
  pause = PAUSE_MS,
): Promise<ApplyReport | undefined> {
  for (let attempt = 1; ;) {
    try {
      const { pending } = await gateway.state();
      if (pending === undefined) return undefined;
      const left = (pending.time?.due ?? 0) - clock.monotonic();
      if (left > 0) {
        await sleep(Math.min(left, LONGEST_NAP_MS));
        continue;
      }
      const report = await gateway.rollback(true);
      if (report !== undefined && report.failure === undefined) return report;
      if (report !== undefined && attempt === ATTEMPTS) return report;
    } catch (error) {
      if (isBusy(error)) {
        await sleep(Math.min(pause, LONGEST_NAP_MS));
        continue;
      }
      if (attempt === ATTEMPTS) throw error;
    }
    attempt += 1;
    await sleep(pause);
  }
}
