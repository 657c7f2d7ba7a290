/**
 * What the project promises of Tables IV and V.
 *
 * Always holds: a run that stood still counts as endless, or as without an answer; it is not left out.
 */
import { median } from '../../lib/statistics.ts';
import type { Outcome, Target } from '../experiment.ts';
import { idealSeconds } from '../ideal-time.ts';
import { BEFORE_SECONDS } from '../instruments/intermittent.ts';
import type { IntermittentResult } from '../instruments/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { percentText } from '../percent-text.ts';

/** Outcomes of one mechanism. */
type FoundAt = (period: Period) => readonly Outcome<IntermittentResult>[];

/** @param name ends the sentence: `BFD 20 ms`; @param periods those with outages, seconds */
export function downloadTarget(name: string, periods: readonly Period[], found: FoundAt): Target {
  const usual = usualDownload(found(0));
  const parts = periods.map((period) => {
    const took = median(downloadTimes(found(period)));
    // What stands still without outages has no ideal, and comes up to none.
    if (usual === Infinity) return Number.isNaN(took) ? NaN : 0;
    return idealSeconds(usual, { period, before: BEFORE_SECONDS, left: 0.5 }) / took;
  });
  return targetOf(
    `Table IV with ${name}: within 5 % of the ideal 1.5 lines at ${named(periods)}`,
    parts,
    0.95,
    'of the ideal, the worst period',
  );
}

/**
 * What a download takes without outages, seconds: the median of those that came to their end.
 * Infinity: none did. NaN: not measured.
 */
export function usualDownload(outcomes: readonly Outcome<IntermittentResult>[]): number {
  const times = downloadTimes(outcomes);
  const finite = times.filter(Number.isFinite);
  return median(finite.length === 0 ? times : finite);
}

/** Of the transactions right before. */
export const LEAST_PART = 0.98;

export function transactionTarget(
  name: string,
  periods: readonly Period[],
  found: FoundAt,
): Target {
  return targetOf(
    `Table V with ${name}: at least 98 % of no outage at ${named(periods)}`,
    periods.map((period) => median(transactionParts(found(period)))),
    LEAST_PART,
    'of right before, the worst period',
  );
}

/** Seconds; one that stood still took for ever, and is not left out. */
export function downloadTimes(outcomes: readonly Outcome<IntermittentResult>[]): readonly number[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.kind === 'failed' || outcome.kind === 'unavailable') return [];
    return [outcome.kind === 'measured' ? (outcome.value.downloadSeconds ?? Infinity) : Infinity];
  });
}

function named(periods: readonly Period[]): string {
  return periods.length === 1 ? `a period of ${periods.join('')} s` : 'all periods';
}

/** Of those right before on the same lines, both there; one that stood still made none. */
export function transactionParts(
  outcomes: readonly Outcome<IntermittentResult>[],
): readonly number[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.kind === 'failed' || outcome.kind === 'unavailable') return [];
    return [outcome.kind === 'measured' ? partOf(outcome.value) : 0];
  });
}

export function partOf({ transactionsPerSecond, usualPerSecond }: IntermittentResult): number {
  return transactionsPerSecond / usualPerSecond;
}

function targetOf(text: string, parts: readonly number[], least: number, words: string): Target {
  const worst = Math.min(...parts);
  if (parts.some(Number.isNaN)) return { text, met: undefined, measured: '' };
  return { text, met: worst >= least, measured: `${percentText(worst, 1)} ${words}` };
}
