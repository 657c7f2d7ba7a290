/**
 * What the experiments about one outage have in common: how long it lasts at which scale, and how its
 * figures stand in tables.
 *
 * Always holds: equal questions have equal parameters, so that experiments share measurements.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { cell, figures } from '../cell.ts';
import type { MeasuredCell, Outcome, Outcomes, Scale, Task } from '../experiment.ts';
import { task } from '../experiment.ts';
import { outage, outageParameters } from '../instruments/outage.ts';
import type { OutageParameters, OutageResult } from '../instruments/outage.ts';
import { paperOutage } from '../paper/outages.ts';

/** Seconds before, during and after; the paper's are the full ones. */
export const LENGTHS = {
  quick: { before: 2.5, outage: 4, after: 6 },
  full: { before: 5, outage: 10, after: 10 },
} as const;

/** Over long round trips growth takes so much longer, before the cut and after healing. */
export const FAR_LENGTHS = { before: 20, after: 45 } as const;
export const FAR_WORDS = `the cut is after ${FAR_LENGTHS.before} s, and ${FAR_LENGTHS.after} s are watched after healing`;

const REPETITIONS = { quick: 1, full: 2 } as const;

export type OutageQuestion = Pick<OutageParameters, 'mechanism'> & Partial<OutageParameters>;

export function asked(question: OutageQuestion, scale: Scale): OutageParameters {
  return outageParameters({ ...LENGTHS[scale], ...question });
}

/** @param repetitions more where the paper's main figures are */
export function outageTasks(
  questions: readonly OutageQuestion[],
  scale: Scale,
  repetitions: number = REPETITIONS[scale],
): readonly Task[] {
  return questions.map((question) => task(outage, asked(question, scale), repetitions));
}

export function outcomesOfOutage(
  outcomes: Outcomes,
  question: OutageQuestion,
  scale: Scale,
): readonly Outcome<OutageResult>[] {
  return outcomes.of(outage, asked(question, scale));
}

export type Metric =
  'throughputFailure' | 'latencyFailure' | 'throughputRecovery' | 'latencyRecovery';

export const METRICS: readonly (readonly [Metric, string])[] = [
  ['throughputFailure', 'T-throughput-failure, s'],
  ['latencyFailure', 'T-latency-failure, s'],
  ['throughputRecovery', 'T-throughput-recovery, s'],
  ['latencyRecovery', 'T-latency-recovery, s'],
];

export interface MetricCellOptions {
  readonly paper?: string | undefined;
  /** What was asked: how long it was watched. */
  readonly watched?: Pick<OutageParameters, 'outage' | 'after'>;
}

/** Seconds; what was not restored while it was watched says so. */
export function metricCell(
  outcomes: readonly Outcome<OutageResult>[],
  metric: Metric,
  { paper, watched }: MetricCellOptions = {},
): MeasuredCell {
  const seconds = watched === undefined ? undefined : watchedSeconds(watched, metric);
  return cell(outcomes, (value) => secondsOf(value, metric), {
    ...{ digits: 3, paper },
    watched: () => seconds,
  });
}

function watchedSeconds(
  { outage: dead, after }: Pick<OutageParameters, 'outage' | 'after'>,
  metric: Metric,
): number {
  switch (metric) {
    case 'throughputFailure':
      return dead;
    case 'latencyFailure':
      return dead + after;
    case 'throughputRecovery':
    case 'latencyRecovery':
      return after;
  }
}

/** Seconds; of a stream, what its messages felt themselves. */
export function messageDelayCell(outcomes: readonly Outcome<OutageResult>[]): MeasuredCell {
  const seconds = ({ messageDelayMs }: OutageResult): number | undefined =>
    messageDelayMs === null ? undefined : messageDelayMs / 1000;
  return cell(outcomes, seconds, { digits: 3 });
}

export function metricValues(
  outcomes: readonly Outcome<OutageResult>[],
  metric: Metric,
): readonly number[] {
  return figures(outcomes, (value) => secondsOf(value, metric));
}

function secondsOf(value: OutageResult, metric: Metric): number | undefined {
  const ms = value[metric];
  return ms === null ? undefined : ms / 1000;
}

/** All four metrics of a mechanism at a BFD interval, with the paper's. */
export function metricRow(
  outcomes: Outcomes,
  question: OutageQuestion,
  scale: Scale,
): readonly MeasuredCell[] {
  const watched = asked(question, scale);
  const found = outcomesOfOutage(outcomes, question, scale);
  const paper = paperOutage(watched.mechanism, watched.bfd);
  return METRICS.map(([metric]) => metricCell(found, metric, { paper: paper?.[metric], watched }));
}

export function bfdText(name: MechanismName, bfd: number): string {
  return mechanism(name).detects ? `${bfd} ms` : '–';
}

/** @param runs how often, in words (`runsText`) */
export function methodText(scale: Scale, runs: string): string {
  const { before, outage: dead, after } = LENGTHS[scale];
  return (
    `One download over 2 × 100 Mb/s; unless said otherwise RTT 1 ms, and the primary line is cut after ${before} s, for ${dead} s, and ` +
    `watched for ${after} s more. Captures at both ends of the connection that crosses the lines; ` +
    `${runs}. BFD counts a line dead after three intervals.`
  );
}
