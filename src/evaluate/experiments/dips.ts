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

/** Which lines should be full from when on. */
interface Look {
  readonly metric: 'throughputFailure' | 'throughputRecovery';
  /** Seconds since the cut. */
  readonly moment: (run: OutageResult) => number;
  /** Of the lines that count. */
  readonly first: number;
}

const AFTER_CUT: Look = { metric: 'throughputFailure', moment: () => 0, first: 1 };
const AFTER_HEALING: Look = {
  metric: 'throughputRecovery',
  moment: ({ healedAt }) => healedAt,
  first: 0,
};

/** @param found runs with Fast Recovery; empty: none was late */
export function lateFailureText(found: readonly Outcome<OutageResult>[]): string {
  const late = lateOnes(found, AFTER_CUT);
  if (late.length === 0) return '';
  // What MPTCP sends again fills a line, too, and is no throughput.
  const full = late.filter(
    (run) =>
      run.staleSubflows === 0 && fullAfter(run, AFTER_CUT) <= AT_ONCE && dipsOnAll(run, AFTER_CUT),
  );
  if (full.length === 0) return ' What makes the difference was not traced.';
  return (
    ` In ${full.length} of the ${late.length} others the line that was left carried ${100 * FULL} % of what it had before within ` +
    `${AT_ONCE} s after the cut as well, and less for a moment later. More was not traced.`
  );
}

/** @param found runs with Fast Recovery; empty: none was late */
export function lateRecoveryText(found: readonly Outcome<OutageResult>[]): string {
  const late = lateOnes(found, AFTER_HEALING);
  if (late.length === 0) return '';
  const full = late.filter((run) => fullAfter(run, AFTER_HEALING) <= AT_ONCE);
  if (full.length === 0) return ' What makes the difference was not traced.';
  const together = full.filter((run) => dipsOnAll(run, AFTER_HEALING)).length;
  return (
    ` In ${full.length} of the ${late.length} others both lines carried ${100 * FULL} % of what they had before within ${AT_ONCE} s ` +
    'after healing as well, and it is a later window of 100 ms that fell below' +
    (together === 0
      ? '.'
      : `; in ${together} of these the lowest was low on both lines at once, as when the machine stands still.`) +
    ' More was not traced.'
  );
}

function lateOnes(
  found: readonly Outcome<OutageResult>[],
  { metric }: Look,
): readonly OutageResult[] {
  return resultsOf(found).filter((run) => (run[metric] ?? Infinity) / 1000 > PROMPT);
}

/** Seconds until each line carries what it did; Infinity: not while it was watched. */
function fullAfter(run: OutageResult, { moment, first }: Look): number {
  const before = usualRates(run.rates);
  const from = moment(run);
  const sample = run.rates.find(
    ({ at, lines }) =>
      at > from &&
      lines.slice(first).every((rate, index) => rate >= FULL * (before[first + index] ?? NaN)),
  );
  return sample === undefined ? Infinity : sample.at - from;
}

/** Whether the lowest sample from then until the metric's end is low on all lines. */
function dipsOnAll(run: OutageResult, look: Look): boolean {
  const { metric, moment, first } = look;
  const before = usualRates(run.rates);
  const from = moment(run) + fullAfter(run, look);
  const took = run[metric];
  const until = took === null ? Infinity : moment(run) + took / 1000 + 0.1;
  const [lowest] = run.rates
    .filter(({ at }) => at > from && at <= until)
    .map(({ lines }) => lines.slice(first))
    .toSorted((one, other) => sum(one) - sum(other));
  return lowest?.every((rate, index) => rate < DIPPED * (before[first + index] ?? NaN)) ?? false;
}

/** Of each line in the last 2 s before the cut. */
function usualRates(rates: OutageResult['rates']): readonly number[] {
  const before = rates.filter(({ at }) => at >= -2 && at < 0);
  const lines = before[0]?.lines ?? [];
  return lines.map((_, line) => sum(before.map((one) => one.lines[line] ?? 0)) / before.length);
}
