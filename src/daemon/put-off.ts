/**
 * Changes that could not be made, each with the time before which it is not tried again: 1, 2, 4, …
 * 60 seconds after the last attempt.
 *
 * Always holds: no effects; what is no longer to be changed is forgotten.
 */
import type { Change } from '../apply/change.ts';
import { FIRST_RETRY_MS, retryPause } from '../lib/retry-pause.ts';
import { resourceKey } from '../plan/resource.ts';

interface Attempt {
  readonly failures: number;
  readonly last: number;
  readonly notBefore: number;
}

export class PutOff {
  #attempts: ReadonlyMap<string, Attempt> = new Map();

  isPutOff(change: Change, now: number): boolean {
    const attempt = this.#attempts.get(resourceKey(change.resource));
    return attempt !== undefined && now < attempt.notBefore;
  }

  /**
   * After a comparison.
   * @param failed the changes that were tried and could not be made
   * @param skipped those that were not tried, by {@link isPutOff}
   */
  learn(failed: readonly Change[], skipped: readonly Change[], now: number): void {
    const known = this.#attempts;
    const kept = skipped.flatMap((change) => {
      const key = resourceKey(change.resource);
      const attempt = known.get(key);
      return attempt === undefined ? [] : [[key, attempt] as const];
    });
    const again = failed.map((change) => {
      const key = resourceKey(change.resource);
      const failures = (known.get(key)?.failures ?? 0) + 1;
      return [key, { failures, last: now, notBefore: now + retryPause(failures) }] as const;
    });
    this.#attempts = new Map([...kept, ...again]);
  }

  /** The machine has changed: what failed may succeed now, but no sooner than a second after the last attempt. */
  retrySoon(): void {
    this.#attempts = new Map(
      [...this.#attempts].map(([key, attempt]) => [
        key,
        { ...attempt, notBefore: Math.min(attempt.notBefore, attempt.last + FIRST_RETRY_MS) },
      ]),
    );
  }
}
