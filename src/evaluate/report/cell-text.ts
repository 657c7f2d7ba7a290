/**
 * A cell of a table in words: the median, and in brackets the least and the greatest value.
 *
 * Always holds: what did not come to a value is said, and nothing measured is a dash.
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

function oursText({ values, stalled, failed, digits }: MeasuredCell): string {
  const count = values.length + stalled + failed;
  const bad = [
    ...(stalled === 0 ? [] : [stalled === count ? 'stalled' : `${stalled} of ${count} stalled`]),
    ...(failed === 0 ? [] : [failed === count ? 'failed' : `${failed} of ${count} failed`]),
  ];
  if (count === 0) return '–';
  if (values.length === 0) return bad.join(', ');
  const { median, least, greatest } = summarize(values);
  const middle = median.toFixed(digits);
  const spread = [least, greatest].map((value) => value.toFixed(digits));
  const text = values.length === 1 ? middle : `${middle} (${spread.join('–')})`;
  return [text, ...bad].join('; ');
}
