/** How often something was really measured, in words. Pure. */
import type { Outcome, Outcomes, Task } from './experiment.ts';

/** `one run each`, `medians of 3 runs`; what was not tried, or not possible, does not count. */
export function runsText(outcomes: Outcomes, tasks: readonly Task[]): string {
  const counts = tasks
    .map(({ instrument, parameters }) => runsOf(outcomes.of(instrument, parameters)))
    .filter((count) => count > 0);
  if (counts.length === 0) return 'no run yet';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'one run each';
  return `medians of ${least === most ? most : `${least} to ${most}`} runs`;
}

/** That came to an end, with a figure or without. */
export function runsOf(outcomes: readonly Outcome<unknown>[]): number {
  return outcomes.filter(({ kind }) => kind === 'measured' || kind === 'stalled').length;
}
