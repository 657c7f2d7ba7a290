/**
 * From outcomes to what stands in a table or a chart.
 *
 * Always holds: what stalled or failed is counted and shown, never left out.
 */
import type { MeasuredCell, Outcome } from './experiment.ts';

export interface CellOptions {
  /** After the point; default 2. */
  readonly digits?: number;
  /** The paper's figure for the same. */
  readonly paper?: string | number;
}

/**
 * @param pick the figure in what was measured; undefined where there is none, which counts as
 *   stalled: the thing that was waited for did not happen.
 */
export function cell<R>(
  outcomes: readonly Outcome<R>[],
  pick: (value: R) => number | undefined,
  { digits = 2, paper }: CellOptions = {},
): MeasuredCell {
  const values = figures(outcomes, pick);
  const count = (wanted: Outcome<R>['kind']): number =>
    outcomes.filter(({ kind }) => kind === wanted).length;
  const failed = count('failed');
  return {
    values,
    stalled: outcomes.length - values.length - failed - count('unavailable'),
    failed,
    digits,
    ...(paper === undefined ? {} : { paper: String(paper) }),
  };
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

/** The cell of several values in each measurement. */
export function pooledCell<R>(
  outcomes: readonly Outcome<R>[],
  pick: (value: R) => readonly (number | undefined)[],
  options?: CellOptions,
): MeasuredCell {
  const each = outcomes.flatMap((outcome): readonly Outcome<number | undefined>[] =>
    outcome.kind === 'measured'
      ? pick(outcome.value).map((value) => ({ kind: 'measured', value }))
      : [outcome],
  );
  return cell(each, (value) => value, options);
}
