/**
 * What curves do between their ends, in words, so that they can be held against what the paper says of
 * them. Pure.
 *
 * Always holds: a curve of which an end was not measured is not named.
 */
import { median } from '../../lib/statistics.ts';
import type { MeasuredCell } from '../experiment.ts';

const TRENDS = ['grows', 'stays about the same', 'falls'] as const;

type Trend = (typeof TRENDS)[number];

export interface Curve {
  readonly title: string;
  readonly first: MeasuredCell;
  readonly last: MeasuredCell;
}

/** `grows for MPTCP Proxy, WaMPTCP; stays about the same for WaMPTCP+FR`; empty: nothing to say. */
export function trendsText(curves: readonly Curve[]): string {
  const trends = curves.map(({ title, first, last }) => ({
    title,
    trend: trendOf(levelOf(first), levelOf(last)),
  }));
  return TRENDS.flatMap((wanted) => {
    const titles = trends.filter(({ trend }) => trend === wanted).map(({ title }) => title);
    return titles.length === 0 ? [] : [`${wanted} for ${titles.join(', ')}`];
  }).join('; ');
}

/** NaN: not measured. What some runs did not reach is greater than whatever was. */
function levelOf({ values, stalled, notReached = 0 }: MeasuredCell): number {
  return stalled + notReached > 0 ? Infinity : median(values);
}

/** By half at least, and by a tenth of a second. */
function trendOf(first: number, last: number): Trend | undefined {
  if (Number.isNaN(first) || Number.isNaN(last) || (first === Infinity && last === Infinity)) {
    return undefined;
  }
  if (last > Math.max(1.5 * first, first + 0.1)) return 'grows';
  return first > Math.max(1.5 * last, last + 0.1) ? 'falls' : 'stays about the same';
}
