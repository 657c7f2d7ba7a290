/**
 * The guard of an unconfirmed apply: outlives the terminal, and needs no daemon.
 *
 * Always holds: it ends when nothing is pending any more; it gives up only after many attempts, for
 * somebody may be locked out.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '../lib/clock.ts';
import type { ApplyReport, Gateway } from './gateway.ts';

const ATTEMPTS = 60;
const PAUSE_MS = 1000;

/**
 * Waits until the time to confirm is over and rolls back then; whatever is in the way, such as another
 * command at work, is tried again.
 * @returns undefined: it was confirmed, or rolled back by somebody else.
 * @throws why the last attempt could not even begin
 */
export async function rollBackExpired(
  gateway: Pick<Gateway, 'state' | 'rollback'>,
  clock: Clock,
  pause = PAUSE_MS,
): Promise<ApplyReport | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { pending } = await gateway.state();
    if (pending === undefined) return undefined;
    await sleep(Math.max(0, pending.due - clock.monotonic()));
    try {
      const report = await gateway.rollback(true);
      const over = report !== undefined && report.failure === undefined;
      if (over || attempt === ATTEMPTS) return report;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
    await sleep(pause);
  }
}
