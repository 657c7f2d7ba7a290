/** How often something was really measured, in words. Pure. */
import type { Outcome } from './experiment.ts';

/**
 * `one run each`, `medians of 3 runs`; what was not tried, or not possible, does not count.
 *
 * @param each the outcomes of each question
 */
export function runsText(each: readonly (readonly Outcome<unknown>[])[]): string {
  const counts = each.map(runsOf).filter((count) => count > 0);
  if (counts.length === 0) return 'no run yet';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'one run each';
  return `medians of ${least === most ? most : `${least} to ${most}`} runs`;
}

/** That came to an end, with a figure or without. */
export function runsOf(outcomes: readonly Outcome<unknown>[]): number {
  return outcomes.filter(({ kind }) => kind === 'measured' || kind === 'stalled').length;
}
