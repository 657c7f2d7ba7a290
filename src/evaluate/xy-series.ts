/** From outcomes to the lines of a chart. Pure. */
import type { XySeries } from '../chart/xy.ts';
import type { MechanismName } from '../lab/mechanism/mechanism.ts';
import { summarize } from '../lib/statistics.ts';
import { COLOURS, titleOf } from './mechanism-titles.ts';

/** @param at the values measured at each x; where there is none, the line is broken */
export function mechanismSeries(
  name: MechanismName,
  at: readonly (readonly [x: number, values: readonly number[]])[],
): XySeries {
  return {
    name: titleOf(name),
    colour: COLOURS[name],
    points: at.map(([x, values]) => ({
      x,
      spread: values.length === 0 ? null : summarize(values),
    })),
  };
}
