/**
 * How many runs with Fast Recovery were prompt, and what is known of the others: they differ so much
 * that a median hides it. Pure.
 */
import { everyRun } from '../cell.ts';
import type { Outcomes, Scale } from '../experiment.ts';
import { lateFailureText, lateRecoveryText } from './dips.ts';
import { asked, cellOfOutage, outcomesOfOutage, promptText } from './outage-cells.ts';
import type { Metric, OutageQuestion } from './outage-cells.ts';

/** Slower detection comes too late for MPTCP, which by then has given the subflow up. */
const SOON_MS = 100;

/** All rows together; empty: there are no runs. */
export function promptOf(
  outcomes: Outcomes,
  asking: readonly OutageQuestion[],
  scale: Scale,
  metric: Metric,
): string {
  const seconds = asking.flatMap((question) =>
    everyRun(cellOfOutage(outcomes, question, scale, metric)),
  );
  return seconds.length === 0 ? '' : promptText(seconds);
}

const LATE = { throughputFailure: lateFailureText, throughputRecovery: lateRecoveryText } as const;

/**
 * @param of what the runs are of
 * @param asking with Fast Recovery
 */
export function promptRemark(
  of: string,
  outcomes: Outcomes,
  asking: readonly OutageQuestion[],
  scale: Scale,
  metric: keyof typeof LATE,
): readonly string[] {
  const text = promptOf(outcomes, asking, scale, metric);
  if (text === '') return [];
  const found = asking.flatMap((question) => outcomesOfOutage(outcomes, question, scale));
  return [`${of}: ${text}.${LATE[metric](found)}`];
}

/** @param moving with Fast Recovery */
export function promptRemarks(
  outcomes: Outcomes,
  moving: readonly OutageQuestion[],
  scale: Scale,
): readonly string[] {
  return [
    ...promptRemark(
      `T-throughput-failure with Fast Recovery and BFD at ${SOON_MS} ms or less, all rows together`,
      outcomes,
      moving.filter((question) => asked(question, scale).bfd <= SOON_MS),
      scale,
      'throughputFailure',
    ),
    ...promptRemark(
      'T-throughput-recovery with Fast Recovery, all rows together',
      outcomes,
      moving,
      scale,
      'throughputRecovery',
    ),
  ];
}
