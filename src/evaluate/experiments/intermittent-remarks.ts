/**
 * What is said of Tables IV to VII beyond their figures.
 *
 * Always holds: it names only mechanisms of which the figures tell it.
 */
import { median } from '../../lib/statistics.ts';
import { figures } from '../cell.ts';
import type { Outcome } from '../experiment.ts';
import type { IntermittentResult } from '../instruments/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { downloadTimes, transactionParts } from './intermittent-targets.ts';

export interface Row {
  readonly title: string;
  readonly found: (period: Period) => readonly Outcome<IntermittentResult>[];
}

/**
 * @param rows of mechanisms that use both lines; @param periods those with outages
 * @param alone seconds over the line that stays; default: twice what both take, for equal ones
 */
export function worseThanOneLine(
  rows: readonly Row[],
  periods: readonly Period[],
  alone?: number,
): readonly string[] {
  const worse = rows.filter(({ found }) => {
    const oneLine = alone ?? 2 * median(downloadTimes(found(0)));
    return periods.some((period) => median(downloadTimes(found(period))) > oneLine);
  });
  if (worse.length === 0) return [];
  return [
    `Slower than the line that stays would be alone, at one period at least: ${titlesOf(worse)}. In the paper none is, but for the MPTCP ` +
      'Tunnel, which stalls. We suppose, and have not traced, that what was sent on the dying line waits there for ' +
      'its retransmission timeout, and all that came after it waits with it.',
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
          ? [`${((100 * outcome.value.bytes) / bytes).toFixed(0)} %`]
          : [],
      );
      return parts.length === 0 ? [] : [`${title} at ${period} s ${parts.join(', ')}`];
    }),
  );
  return each.length === 0 ? [] : [`What had come of downloads that stalled: ${each.join('; ')}.`];
}

/**
 * That requests take the first line, where their number tells it: then outages of a slower one help.
 *
 * @param rtt milliseconds of that line; @param theirs transactions a second in the paper
 */
export function requestsTakeTheFirst(
  rows: readonly Row[],
  rtt: number,
  theirs: number,
): readonly string[] {
  const usual = median(
    rows.flatMap(({ found }) => figures(found(0), ({ usualPerSecond }) => usualPerSecond)),
  );
  const isOneRoundTrip = Math.abs((usual * rtt) / 1000 - 1) < 0.15;
  if (!isOneRoundTrip || theirs < 1.5 * usual) return [];
  return [
    `Requests take the line of ${rtt} ms here while it is there: ${usual.toFixed(1)} a second are one round trip of it each. ` +
      `In the paper they took the other one (${theirs}). So its outages make them faster, and a part above 1 is no merit.`,
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
