/**
 * What T-throughput does not tell: whether the lines were full at once, and only fell short again later. Pure.
 *
 * Always holds: only of runs with rates on both sides of the moment; only of downloads, which lose the
 * first line.
 */
import { sum } from '../../lib/sum.ts';
import type { Outcome } from '../experiment.ts';
import type { OutageResult } from '../instruments/outage.ts';
import { PROMPT, resultsOf } from './outage-cells.ts';

/** Of what they had before. */
const FULL = 0.9;
/** Seconds after the moment: detection, and a sample of 100 ms. */
const AT_ONCE = 0.5;
/** Of what each line had, below which it takes part in a dip. */
const DIPPED = 0.95;

type Rates = OutageResult['rates'];

/** Which lines should be full from when on, and what is said if they were. */
interface Look {
  readonly metric: 'throughputFailure' | 'throughputRecovery';
  /** Seconds since the cut. */
  readonly moment: (run: OutageResult) => number;
  /** Of the lines that count. */
  readonly first: number;
  readonly who: string;
  readonly after: string;
  readonly later: (full: readonly OutageResult[]) => string;
}

const AFTER_CUT: Look = {
  metric: 'throughputFailure',
  moment: () => 0,
  first: 1,
  who: `the line that was left carried ${100 * FULL} % of what it had before`,
  after: 'the cut',
  later: () => 'and less for a moment later.',
};

const AFTER_HEALING: Look = {
  metric: 'throughputRecovery',
  moment: ({ healedAt }) => healedAt,
  first: 0,
  who: `both lines carried ${100 * FULL} % of what they had before`,
  after: 'healing',
  later: (full) => {
    const together = full.filter((run) => dipsOnAll(run, AFTER_HEALING)).length;
    const lowest =
      together === 0
        ? ''
        : `; in ${together} of these the lowest was low on both lines at once, as when the machine stands still`;
    return `and it is a later window of 100 ms that fell below${lowest}.`;
  },
};

/** @param found runs with Fast Recovery; empty: none was late */
export function lateFailureText(found: readonly Outcome<OutageResult>[]): string {
  // What MPTCP sends again fills a line, too, and is no throughput.
  return lateText(found, AFTER_CUT, (run) => run.staleSubflows === 0 && dipsOnAll(run, AFTER_CUT));
}

/** @param found runs with Fast Recovery; empty: none was late */
export function lateRecoveryText(found: readonly Outcome<OutageResult>[]): string {
  return lateText(found, AFTER_HEALING, () => true);
}

/** @param isClear whether nothing else can have filled the lines */
function lateText(
  found: readonly Outcome<OutageResult>[],
  look: Look,
  isClear: (run: OutageResult) => boolean,
): string {
  const { metric, who, after, later } = look;
  const late = resultsOf(found).filter((run) => (run[metric] ?? Infinity) / 1000 > PROMPT);
  if (late.length === 0) return '';
  const full = late.filter((run) => fullAfter(run, look) <= AT_ONCE && isClear(run));
  if (full.length === 0) return ' What makes the difference was not traced.';
  return (
    ` In ${full.length} of the ${late.length} others ${who} within ${AT_ONCE} s after ${after} as well, ` +
    `${later(full)} More was not traced.`
  );
}

/** Seconds until each line carries what it did; Infinity: not while it was watched. */
function fullAfter(run: OutageResult, look: Look): number {
  const rates = ratesOf(run, look);
  const before = usualRates(rates);
  const from = look.moment(run);
  const sample = rates.find(
    ({ at, lines }) =>
      at > from && lines.every((rate, line) => rate >= FULL * (before[line] ?? NaN)),
  );
  return sample === undefined ? Infinity : sample.at - from;
}

/** Whether the lowest sample from then until the metric's end is low on all lines. */
function dipsOnAll(run: OutageResult, look: Look): boolean {
  const rates = ratesOf(run, look);
  const before = usualRates(rates);
  const moment = look.moment(run);
  const from = moment + fullAfter(run, look);
  const until = moment + (run[look.metric] ?? Infinity) / 1000 + 0.1;
  const [lowest] = rates
    .filter(({ at }) => at > from && at <= until)
    .toSorted((one, other) => sum(one.lines) - sum(other.lines));
  return lowest?.lines.every((rate, line) => rate < DIPPED * (before[line] ?? NaN)) ?? false;
}

/** Of the lines that count. */
function ratesOf({ rates }: OutageResult, { first }: Look): Rates {
  return rates.map(({ at, lines }) => ({ at, lines: lines.slice(first) }));
}

/** Of each line in the last 2 s before the cut. */
function usualRates(rates: Rates): readonly number[] {
  const before = rates.filter(({ at }) => at >= -2 && at < 0);
  const lines = before[0]?.lines ?? [];
  return lines.map((_, line) => sum(before.map((one) => one.lines[line] ?? 0)) / before.length);
}
