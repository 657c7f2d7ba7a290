/**
 * What is said of Tables IV to VII beyond their figures.
 *
 * Always holds: it names only mechanisms of which the figures tell it.
 */
import { median } from '../../lib/statistics.ts';
import type { Outcome } from '../experiment.ts';
import type { IntermittentResult } from '../instruments/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { downloadTimes, transactionParts } from './intermittent-targets.ts';

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
  return [
    `Slower than the backup would be alone, at one period at least: ${titlesOf(worse)}. In the paper none is, but for the MPTCP ` +
      'Tunnel, which stalls. We suppose, and have not traced, that what was sent on the dying line waits there for ' +
      'its retransmission timeout, and all that came after it waits with it.',
  ];
}

/** @param rows of mechanisms that the paper saw unharmed; @param periods those with outages */
export function harmedTransactions(
  rows: readonly Row[],
  periods: readonly Period[],
): readonly string[] {
  const harmed = rows.filter(({ found }) =>
    periods.some((period) => median(transactionParts(found(period))) < UNHARMED),
  );
  if (harmed.length === 0) return [];
  return [
    `Fewer transactions than right before, other than in the paper: ${titlesOf(harmed)}. Linux’s MPTCP sends over a line again ` +
      'as soon as that answers, so each outage finds the next request on it, which then waits for retransmission ' +
      'timeouts. The paper’s kernel was another implementation; we suppose that it left a line that had lost something ' +
      'alone for longer.',
  ];
}

/** @param found of the MPTCP Tunnel, which stalls in the paper */
export function tunnelStalls(found: Row['found'], periods: readonly Period[]): readonly string[] {
  const times = periods.flatMap((period) => downloadTimes(found(period)));
  if (times.length === 0) return [];
  const through = times.filter(Number.isFinite).length;
  return [
    `The paper’s MPTCP Tunnel stalls; of ours ${through} of ${times.length} downloads came to their end. It is a TUN device over ` +
      'one MPTCP socket of today’s kernel, and the paper does not say how theirs was made.',
  ];
}

/** Of those right before. */
const UNHARMED = 0.9;

function titlesOf(rows: readonly Row[]): string {
  return [...new Set(rows.map(({ title }) => title))].join(', ');
}
