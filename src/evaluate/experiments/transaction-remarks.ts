/**
 * What is said of the transactions of Tables V and VII beyond their figures.
 *
 * Always holds: it names only mechanisms of which the figures tell it.
 */
import { median } from '../../lib/statistics.ts';
import { figures } from '../cell.ts';
import type { Period } from '../paper/intermittent.ts';
import { percentText } from '../percent-text.ts';
import type { Row } from './intermittent-remarks.ts';
import { transactionParts } from './intermittent-targets.ts';

/** Of those right before. */
const UNHARMED = 0.9;
/** Of those that a round trip allows; fewer are told. */
const NEARLY_ALL = 0.95;
/** Transactions a second of one measurement by itself, by the line's RTT; by hand, Intel Xeon, Linux 6.18. */
const BY_ITSELF: ReadonlyMap<number, number> = new Map([
  [51, 19.2],
  [102, 9.6],
]);

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
  const usual = usualOf(rows);
  const isOneRoundTrip = Math.abs((usual * rtt) / 1000 - 1) < 0.15;
  if (!isOneRoundTrip || theirs < 1.5 * usual) return [];
  return [
    `Requests take the line of ${rtt} ms here while it is there: ${usual.toFixed(1)} a second are one round trip of it each. ` +
      `In the paper they took the other one (${theirs}). So its outages make them faster, and a part above 1 is no merit.`,
  ];
}

function usualOf(rows: readonly Row[]): number {
  return median(
    rows.flatMap(({ found }) => figures(found(0), ({ usualPerSecond }) => usualPerSecond)),
  );
}

/**
 * Why there are fewer transactions than round trips, with several measurements at once.
 *
 * @param rtt milliseconds of the line that they take
 */
export function sharedProcessors(rows: readonly Row[], rtt: number): readonly string[] {
  const [usual, byItself] = [usualOf(rows), BY_ITSELF.get(rtt)];
  const possible = 1000 / rtt;
  if (byItself === undefined || !(usual < NEARLY_ALL * possible)) return [];
  return [
    `A round trip of ${rtt} ms allows ${possible.toFixed(1)} transactions a second. Here it is ${usual.toFixed(1)}, probably since up to four ` +
      `measurements share the processors: one by itself, tried by hand on the Intel Xeon, had ${byItself}. That is another reason to compare ` +
      'parts, not numbers.',
  ];
}

/** What is to be known of the numbers themselves; parameters as above. */
export function ofTheNumbers(rows: readonly Row[], rtt: number, theirs: number): readonly string[] {
  return [...requestsTakeTheFirst(rows, rtt, theirs), ...sharedProcessors(rows, rtt)];
}

/** @param rows of mechanisms that the paper saw unharmed; @param periods those with outages */
export function harmedTransactions(
  rows: readonly Row[],
  periods: readonly Period[],
): readonly string[] {
  const harmed = rows.flatMap(({ title, found }) =>
    periods.flatMap((period) => {
      const part = median(transactionParts(found(period)));
      return part < UNHARMED ? [`${title} at ${period} s (${part.toFixed(2)})`] : [];
    }),
  );
  if (harmed.length === 0) return [];
  return [
    `Less than nine tenths of the transactions right before, where the paper has more: ${harmed.join(', ')}. Linux’s MPTCP ` +
      'sends over a line again as soon as that answers, so we suppose that each outage finds the next request on it; the ' +
      'paper’s kernel was another implementation.',
  ];
}

/** @param found of the MPTCP Tunnel, which stalls in the paper */
export function tunnelAnswers(found: Row['found'], periods: readonly Period[]): readonly string[] {
  const parts = periods.flatMap((period) => transactionParts(found(period)));
  if (parts.length === 0) return [];
  return [
    'The paper’s MPTCP Tunnel stalls; of ours the part of the transactions right before that went on was ' +
      `${Math.min(...parts).toFixed(2)} at the least and ${Math.max(...parts).toFixed(2)} at the most.`,
  ];
}

/**
 * Why a part is below what was promised, as far as the figures tell it.
 *
 * @param least the part that was promised
 * @param all rows whose parts without outages tell how far single runs are apart
 */
export function missedTransactions(
  promised: readonly Row[],
  periods: readonly Period[],
  least: number,
  all: readonly Row[],
): readonly string[] {
  const missed = promised.flatMap(({ title, found }) =>
    periods.flatMap((period) => {
      const part = median(transactionParts(found(period)));
      if (!(part < least)) return [];
      const begin = `${title} at ${period} s has ${percentText(part, 1)}`;
      if (part === 0) return [`${begin}, for it stood still`];
      const wait = median(figures(found(period), ({ longestMs }) => longestMs));
      const cost = wait / (2 * period * 1000);
      return [
        `${begin}; its longest wait, ${wait.toFixed(0)} ms once in two periods, is worth ${percentText(cost, 1)}`,
      ];
    }),
  );
  if (missed.length === 0) return [];
  const without = all.flatMap(({ found }) => transactionParts(found(0)));
  return [
    `Below ${percentText(least, 1)}: ${missed.join('; ')}. Beyond that it is how far runs are apart: without any outage the same part ` +
      `was ${percentText(Math.min(...without), 1)} to ${percentText(Math.max(...without), 1)} (all mechanisms). What was tried to make the wait shorter is ` +
      'what these rows have: BFD at 10 instead of 20 ms, and the host profile’s least retransmission timeout of 10 ms (own ' +
      'experiment c has others). Linux counts it in ticks of 4 ms and rounds up, so a request is sent again some 18 and 38 ms after it ' +
      'was first, and 74: the first of these after the repair ends the wait. By hand, linear timeouts for thin streams ' +
      '(net.ipv4.tcp_thin_linear_timeouts) ended it after 60 ms at BFD 20 ms, and changed nothing at 10 ms.',
  ];
}
