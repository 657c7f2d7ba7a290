/** Waiting for something that tells nobody when it happens. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 10;
const PATIENCE_MS = 5000;

/** Whether it becomes true within `patience` milliseconds. */
export async function isReached(
  condition: () => Promise<boolean>,
  patience = PATIENCE_MS,
): Promise<boolean> {
  for (const deadline = performance.now() + patience; performance.now() < deadline;) {
    if (await condition()) return true;
    await sleep(LOOK_MS);
  }
  return false;
}
