/**
 * From outcomes to what stands in a table or a chart.
 *
 * Always holds: what stalled, failed, was not reached or is not possible here is counted and shown,
 * never left out.
 */
import type { MeasuredCell, Outcome } from './experiment.ts';

export interface CellOptions<R = never> {
  /** After the point; default 2. */
  readonly digits?: number;
  /** The paper's figure for the same. */
  readonly paper?: string | number | undefined;
  /**
   * Seconds for which the figure was watched, undefined where that is not known. With this, what was
   * measured and has no figure counts as not reached, and not as stalled.
   */
  readonly watched?: (value: R) => number | undefined;
}

/** @param pick the figure in what was measured; undefined where there is none: it did not happen. */
export function cell<R>(
  outcomes: readonly Outcome<R>[],
  pick: (value: R) => number | undefined,
  { digits = 2, paper, watched }: CellOptions<R> = {},
): MeasuredCell {
  const values = figures(outcomes, pick);
  const count = (wanted: Outcome<R>['kind']): number =>
    outcomes.filter(({ kind }) => kind === wanted).length;
  const unavailable = count('unavailable');
  const without = outcomes.flatMap((outcome) =>
    outcome.kind === 'measured' && pick(outcome.value) === undefined ? [outcome.value] : [],
  );
  const common = {
    ...{ values, failed: count('failed'), digits },
    ...(unavailable === 0 ? {} : { unavailable }),
    ...(paper === undefined ? {} : { paper: String(paper) }),
  };
  if (watched === undefined) return { ...common, stalled: count('stalled') + without.length };
  const within = shortest(without.map(watched));
  return {
    ...{ ...common, stalled: count('stalled') },
    ...(without.length === 0 ? {} : { notReached: without.length }),
    ...(within === undefined ? {} : { withinSeconds: within }),
  };
}

/** What only the paper has; ours is a dash. */
export function paperOnly(paper: string): MeasuredCell {
  return { values: [], stalled: 0, failed: 0, digits: 0, absent: true, paper };
}

/** The figures alone, for charts. */
export function figures<R>(
  outcomes: readonly Outcome<R>[],
  pick: (value: R) => number | undefined,
): readonly number[] {
  return outcomes.flatMap((outcome) => {
    const value = outcome.kind === 'measured' ? pick(outcome.value) : undefined;
    return value === undefined ? [] : [value];
  });
}

/** Every run; what was not reached took for ever, and is not left out. */
export function everyRun({ values, stalled, notReached = 0 }: MeasuredCell): readonly number[] {
  return [...values, ...Array<number>(stalled + notReached).fill(Infinity)];
}

/** The cell of several values in each measurement; one that is undefined did not happen. */
export function pooledCell<R>(
  outcomes: readonly Outcome<R>[],
  pick: (value: R) => readonly (number | undefined)[],
  options: Omit<CellOptions, 'watched'> = {},
): MeasuredCell {
  const each = outcomes.flatMap((outcome): readonly Outcome<number | undefined>[] =>
    outcome.kind === 'measured'
      ? pick(outcome.value).map((value) => ({ kind: 'measured', value }))
      : [outcome],
  );
  return cell(each, (value) => value, { ...options, watched: () => undefined });
}

/** Whole seconds, so that “not within” is true of all; undefined if one is not known, or there is none. */
function shortest(seconds: readonly (number | undefined)[]): number | undefined {
  const least = Math.min(...seconds.map((one) => one ?? NaN));
  return Number.isFinite(least) ? Math.round(least) : undefined;
}
