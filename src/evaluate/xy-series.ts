/** From outcomes to the lines of a chart. Pure. */
import type { XySeries } from '../chart/xy.ts';
import type { MechanismName } from '../lab/mechanism/mechanism.ts';
import { summarize } from '../lib/statistics.ts';
import { COLOURS, titleOf } from './mechanism-titles.ts';

/** For the caption of a chart with arrows. */
export const BEYOND =
  'An arrow (↑) at the top edge: in one run at least it was not reached while it was watched, so there is no median.';

export interface MeasuredPoint {
  readonly x: number;
  readonly values: readonly number[];
  /** Runs in which it was not reached: a median of the others would be too good. */
  readonly beyond?: number;
}

/** @param at where nothing was measured, the line is broken */
export function mechanismSeries(name: MechanismName, at: readonly MeasuredPoint[]): XySeries {
  return {
    name: titleOf(name),
    colour: COLOURS[name],
    points: at.map(({ x, values, beyond = 0 }) => ({
      x,
      spread: values.length === 0 || beyond > 0 ? null : summarize(values),
      ...(beyond === 0 ? {} : { beyond: true }),
    })),
  };
}
