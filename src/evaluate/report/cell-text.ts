/**
 * A cell of a table in words: the median, and in brackets the least and the greatest value.
 *
 * Always holds: what did not come to a value is said. A dash is only what does not exist; what is not
 * measured yet, and what is not possible on this machine, have words of their own.
 */
import { summarize } from '../../lib/statistics.ts';
import type { MeasuredCell, ResultCell } from '../experiment.ts';

export interface CellText {
  readonly ours: string;
  /** Empty: the paper has none. */
  readonly paper: string;
}

export function cellText(cell: ResultCell): CellText {
  if (typeof cell === 'string') return { ours: cell, paper: '' };
  return { ours: oursText(cell), paper: cell.paper ?? '' };
}

/** In one: `0.31 (0.29–0.35) · paper 0.44`. */
export function oneText(cell: ResultCell): string {
  const { ours, paper } = cellText(cell);
  return paper === '' ? ours : `${ours} · paper ${paper}`;
}

function oursText(cell: MeasuredCell): string {
  const { values, stalled, failed, unavailable = 0, notReached = 0, digits } = cell;
  const count = values.length + stalled + failed + unavailable + notReached;
  const kinds = [
    [notReached, notReachedText(cell)],
    [stalled, 'stalled'],
    [failed, 'failed'],
    [unavailable, 'not here'],
  ] as const;
  const bad = kinds
    .filter(([number]) => number > 0)
    .map(([number, words]) => (number === count ? words : `${number} of ${count} ${words}`));
  if (count === 0) return cell.absent === true ? '–' : 'not measured';
  if (values.length === 0) return bad.join(', ');
  const { median, least, greatest } = summarize(values);
  const middle = median.toFixed(digits);
  const spread = [least, greatest].map((value) => value.toFixed(digits));
  const text = values.length === 1 ? middle : `${middle} (${spread.join('–')})`;
  return [text, ...bad].join('; ');
}

function notReachedText({ withinSeconds }: MeasuredCell): string {
  return withinSeconds === undefined ? 'not reached' : `not within ${withinSeconds} s`;
}
