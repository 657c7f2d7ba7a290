/**
 * What T-throughput-recovery does not tell: whether the lines were full at once, and only fell short again
 * later. Pure.
 *
 * Always holds: only of runs with rates on both sides of the outage.
 */
import { sum } from '../../lib/sum.ts';
import type { Outcome } from '../experiment.ts';
import type { OutageResult } from '../instruments/outage.ts';
import { PROMPT, resultsOf } from './outage-cells.ts';

/** Of what they had before. */
const FULL = 0.9;
/** Seconds after healing: detection, and a sample of 100 ms. */
const AT_ONCE = 0.5;
/** Of what each line had, below which it takes part in a dip. */
const DIPPED = 0.95;

/** @param found runs with Fast Recovery; empty: none was late */
export function lateRecoveryText(found: readonly Outcome<OutageResult>[]): string {
  const late = resultsOf(found).filter(
    ({ throughputRecovery: ms }) => (ms ?? Infinity) / 1000 > PROMPT,
  );
  if (late.length === 0) return '';
  const full = late.filter((run) => fullAfter(run) <= AT_ONCE);
  if (full.length === 0) return ' What makes the difference was not traced.';
  const together = full.filter(dipsTogether).length;
  return (
    ` In ${full.length} of the ${late.length} others both lines carried ${100 * FULL} % of what they had before within ${AT_ONCE} s ` +
    'after healing as well, and it is a later window of 100 ms that fell below' +
    (together === 0
      ? '.'
      : `; in ${together} of these the lowest was low on both lines at once, as when the machine stands still.`) +
    ' More was not traced.'
  );
}

/** Seconds from healing until each line carries what it did; Infinity: not while it was watched. */
function fullAfter({ rates, healedAt }: OutageResult): number {
  const before = usualRates(rates);
  const sample = rates.find(
    ({ at, lines }) =>
      at > healedAt && lines.every((rate, line) => rate >= FULL * (before[line] ?? NaN)),
  );
  return sample === undefined ? Infinity : sample.at - healedAt;
}

/** Whether the lowest sample after that is low on all lines. */
function dipsTogether(run: OutageResult): boolean {
  const before = usualRates(run.rates);
  const from = run.healedAt + fullAfter(run);
  const until =
    run.throughputRecovery === null ? Infinity : run.healedAt + run.throughputRecovery / 1000 + 0.1;
  const [lowest] = run.rates
    .filter(({ at }) => at > from && at <= until)
    .toSorted((one, other) => sum(one.lines) - sum(other.lines));
  return lowest?.lines.every((rate, line) => rate < DIPPED * (before[line] ?? NaN)) ?? false;
}

/** Of each line in the last 2 s before the cut. */
function usualRates(rates: OutageResult['rates']): readonly number[] {
  const before = rates.filter(({ at }) => at >= -2 && at < 0);
  const lines = before[0]?.lines ?? [];
  return lines.map((_, line) => sum(before.map((one) => one.lines[line] ?? 0)) / before.length);
}
