/**
 * What is said of Table IV beyond its figures.
 *
 * Always holds: it names only mechanisms of which the figures tell it.
 */
import { median } from '../../lib/statistics.ts';
import type { Outcome } from '../experiment.ts';
import type { IntermittentResult } from '../instruments/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { downloadTimes } from './intermittent-targets.ts';

export interface Row {
  readonly title: string;
  readonly found: (period: Period) => readonly Outcome<IntermittentResult>[];
}

/** @param rows of mechanisms that use both of two equal lines; @param periods those with outages */
export function worseThanOneLine(
  rows: readonly Row[],
  periods: readonly Period[],
): readonly string[] {
  const worse = rows.filter(({ found }) => {
    const oneLine = 2 * median(downloadTimes(found(0)));
    return periods.some((period) => median(downloadTimes(found(period))) > oneLine);
  });
  if (worse.length === 0) return [];
  const titles = [...new Set(worse.map(({ title }) => title))].join(', ');
  return [
    `Slower than the backup would be alone, at one period at least: ${titles}. In the paper none is, but for the MPTCP ` +
      'Tunnel, which stalls. We suppose, and have not traced, that what was sent on the dying line waits there for ' +
      'its retransmission timeout, and all that came after it waits with it.',
  ];
}
