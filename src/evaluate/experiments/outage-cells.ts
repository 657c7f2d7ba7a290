/**
 * What the experiments about one outage have in common: how long it lasts at which scale, and how its
 * figures stand in tables.
 *
 * Always holds: equal questions have equal parameters, so that experiments share measurements.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { cell, everyRun } from '../cell.ts';
import type { MeasuredCell, Outcome, Outcomes, Scale, Task } from '../experiment.ts';
import { task } from '../experiment.ts';
import { outage, outageParameters } from '../instruments/outage.ts';
import type { OutageParameters, OutageResult } from '../instruments/outage.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import { paperOutage } from '../paper/outages.ts';
import { median } from '../../lib/statistics.ts';

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

/** Seconds; what was not restored while it was watched says so, and what a capture shows of later is not. */
export function metricCell(
  outcomes: readonly Outcome<OutageResult>[],
  metric: Metric,
  { paper, watched }: MetricCellOptions = {},
): MeasuredCell {
  const seconds = watched === undefined ? undefined : watchedSeconds(watched, metric);
  return cell(outcomes, (value) => secondsOf(value, metric, seconds), {
    ...{ digits: 3, paper },
    watched: () => seconds,
  });
}

/** Ours alone. */
export function cellOfOutage(
  outcomes: Outcomes,
  question: OutageQuestion,
  scale: Scale,
  metric: Metric,
): MeasuredCell {
  const watched = asked(question, scale);
  return metricCell(outcomesOfOutage(outcomes, question, scale), metric, { watched });
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

/** Seconds, in order of the stream: over the whole run, so beginning and healing too. */
export function pauseCell(outcomes: readonly Outcome<OutageResult>[]): MeasuredCell {
  const seconds = ({ longestPauseMs }: OutageResult): number | undefined =>
    longestPauseMs === null ? undefined : longestPauseMs / 1000;
  return cell(outcomes, seconds, { digits: 2 });
}

/** Megabytes. */
export function reinjectedCell(outcomes: readonly Outcome<OutageResult>[]): MeasuredCell {
  return cell(outcomes, ({ reinjectedBytes }) => reinjectedBytes / 1e6, { digits: 1 });
}

function secondsOf(value: OutageResult, metric: Metric, most = Infinity): number | undefined {
  const ms = value[metric];
  return ms === null || ms / 1000 > most ? undefined : ms / 1000;
}

export function resultsOf(outcomes: readonly Outcome<OutageResult>[]): readonly OutageResult[] {
  return outcomes.flatMap((outcome) => (outcome.kind === 'measured' ? [outcome.value] : []));
}

/** The median of every run, in words. */
export function levelText(found: MeasuredCell): string {
  const level = median(everyRun(found));
  if (Number.isFinite(level)) return level.toFixed(2);
  const { withinSeconds } = found;
  return withinSeconds === undefined ? 'not reached' : `not within ${withinSeconds} s`;
}

/** `one run`, `3 runs`. */
export function runsWord(found: MeasuredCell): string {
  const count = everyRun(found).length;
  return count === 1 ? 'one run' : `${count} runs`;
}

/** What becomes of a connection when a line dies. */
export type Kind =
  /** It has one line at a time. */
  | 'one-line'
  /** A subflow rests on the dead line. */
  | 'rests'
  /** Fast Recovery moves the subflow. */
  | 'moves';

export function kindOf(name: MechanismName): Kind {
  if (ONE_LINE_AT_A_TIME.includes(name)) return 'one-line';
  return mechanism(name).detects ? 'moves' : 'rests';
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

/** What the metrics do not say, and what was traced. */
export const OUTAGE_WORDS = [
  'T-throughput-failure counts data in whatever order it comes: 0 says that at no time less than 90 % arrived. A program reads in ' +
    'order, so it may have stood still meanwhile: see the longest pause, which is that of the whole run, beginning and healing included.',
  'Reinjected is what MPTCP sent again over another subflow. Linux sends everything again that is not yet confirmed when it gives ' +
    'a subflow up as stale, after net.mptcp.stale_loss_cnt timeouts without an answer (docs/hosts.md).',
  'MPTCP deals data out to the send buffers of subflows ahead of time. In earlier runs pauses of 0.2 to 1.9 s while both lines ' +
    'were free came from a receive window that was used up during the outage (MPTcpExtNoDSSInWindow, docs/hosts.md); hosts have a larger first ' +
    'receive buffer since.',
  'The stream is for programs that are alone on the lines. Beside a download it waits in the queue as the download does; that was ' +
    'not measured.',
];

/** Of what has one line at a time. */
export const STEPS =
  'BFD calls a line dead two to three intervals after the cut. Then nothing goes on until TCP next sends again, and that ' +
  'timer doubles: so these times go in steps, and detection decides only which step it is.';

/** Seconds in which little more than detection of the healed line can have passed. */
export const PROMPT = 0.2;

/** `7 of 9 runs took at most 0.2 s, the others 1.55 to 4.80 s`. */
export function promptText(seconds: readonly number[]): string {
  const late = seconds.filter((one) => one > PROMPT);
  const reached = late.filter((one) => Number.isFinite(one));
  const lost = late.length - reached.length;
  const others = [
    ...(reached.length === 0 ? [] : [`${rangeText(reached, 1, 2)} s`]),
    ...(lost === 0 ? [] : [`longer than was watched (${lost})`]),
  ].join(', ');
  const count = seconds.length;
  if (late.length === count)
    return `${count} of ${count} runs took longer than ${PROMPT} s: ${others}`;
  const prompt = `${count - late.length} of ${count} runs took at most ${PROMPT} s`;
  return late.length === 0 ? prompt : `${prompt}, the others ${others}`;
}

export function rangeText(values: readonly number[], unit: number, digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
    (value / unit).toFixed(digits),
  );
  return least === most ? String(least) : `${least} to ${most}`;
}
