/** How long to wait after something has failed, before it is tried again: 1, 2, 4, … 60 seconds. */

export const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/**
 * Milliseconds.
 * @param failures in a row, the last one included; at least 1
 */
export function retryPause(failures: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}
