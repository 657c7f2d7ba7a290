/**
 * What is said of the downloads of Tables IV and VI beyond their figures.
 *
 * Always holds: it names only mechanisms of which the figures tell it.
 */
import { median } from '../../lib/statistics.ts';
import type { Outcome } from '../experiment.ts';
import type { IntermittentResult } from '../instruments/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { percentText } from '../percent-text.ts';
import { downloadTimes, usualDownload } from './intermittent-targets.ts';

export interface Row {
  readonly title: string;
  readonly found: (period: Period) => readonly Outcome<IntermittentResult>[];
}

export interface OneLine {
  /** Seconds over the line that stays; default: twice what both take, for equal ones. */
  readonly alone?: number;
  /** A sentence: how it is in the paper. */
  readonly paper: string;
}

/** @param rows of mechanisms that use both lines; @param periods those with outages */
export function worseThanOneLine(
  rows: readonly Row[],
  periods: readonly Period[],
  { alone, paper }: OneLine,
): readonly string[] {
  const worse = rows.filter(({ found }) => {
    const oneLine = alone ?? 2 * usualDownload(found(0));
    return periods.some((period) => median(downloadTimes(found(period))) > oneLine);
  });
  if (worse.length === 0) return [];
  return [
    `Slower than the line that stays would be alone, at one period at least: ${titlesOf(worse)}. ${paper} ` +
      'We suppose, and have not traced, that what was sent on the dying line waits there for its retransmission timeout, and ' +
      'all that came after it waits with it.',
  ];
}

/** How far downloads came that were not waited for. @param bytes of a whole one */
export function receivedUntilStalled(
  rows: readonly Row[],
  periods: readonly Period[],
  bytes: number,
): readonly string[] {
  const each = rows.flatMap(({ title, found }) =>
    periods.flatMap((period) => {
      const parts = found(period).flatMap((outcome) =>
        outcome.kind === 'measured' && outcome.value.downloadSeconds === null
          ? [percentText(outcome.value.bytes / bytes)]
          : [],
      );
      return parts.length === 0 ? [] : [`${title} at ${period} s ${parts.join(', ')}`];
    }),
  );
  return each.length === 0
    ? []
    : [
        `Downloads that were not waited for, and what had come of them when they were ended: ${each.join('; ')}.`,
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

function titlesOf(rows: readonly Row[]): string {
  return [...new Set(rows.map(({ title }) => title))].join(', ');
}
