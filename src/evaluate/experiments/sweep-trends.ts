/**
 * What curves do from their first value to their last, in words, so that they can be held against what
 * the paper says of them. Pure.
 *
 * Always holds: a curve of which an end was not measured is not named. It grows or falls only if it
 * does so all the way, and its ends are further apart than their runs.
 */
import { median } from '../../lib/statistics.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { everyRun } from '../cell.ts';
import type { MeasuredCell, Outcomes, Scale } from '../experiment.ts';
import { cellOfOutage, kindOf, levelText } from './outage-cells.ts';
import type { Metric, OutageQuestion } from './outage-cells.ts';
import { promptRemark } from './prompt-remarks.ts';

const TRENDS = ['grows', 'stays about the same', 'falls', 'has no trend'] as const;

export type Trend = (typeof TRENDS)[number];

export interface Curve {
  readonly title: string;
  /** In the order of what is swept. */
  readonly cells: readonly MeasuredCell[];
  /** What the paper says of it. */
  readonly expected?: Trend | undefined;
}

/** Seconds by which a curve may go back and still count as going on. */
const GRAIN = 0.05;

/** `grows for MPTCP Proxy, WaMPTCP; has no trend for WaMPTCP+FR`; empty: nothing to say. */
export function trendsText(curves: readonly Curve[]): string {
  const trends = curves.map((curve) => ({ title: curve.title, trend: trendOf(curve) }));
  return TRENDS.flatMap((wanted) => {
    const titles = trends.filter(({ trend }) => trend === wanted).map(({ title }) => title);
    return titles.length === 0 ? [] : [`${wanted} for ${titles.join(', ')}`];
  }).join('; ');
}

/** The profile is ours, and of one line at a time recovery is another quantity than the paper's. */
export function isComparable(name: MechanismName, metric: Metric): boolean {
  const isOneLine = kindOf(name) === 'one-line';
  return name !== 'wamptcp-fr-profile' && !(isOneLine && metric === 'throughputRecovery');
}

/** @param beginning of what, from where to where: `From 1 to 100 (added round trip, ms) T-latency-failure` */
export function trendRemarks(beginning: string, curves: readonly Curve[]): readonly string[] {
  const text = trendsText(curves);
  if (text === '') return [];
  const single = isOfSingleRuns(curves) ? ' (single runs: how far runs spread is not known)' : '';
  const others = curves.filter((curve) => {
    const trend = trendOf(curve);
    return curve.expected !== undefined && trend !== undefined && trend !== curve.expected;
  });
  const titles = others.map(({ title }) => title).join(', ');
  const other = titles === '' ? '' : ` The paper says otherwise of ${titles}; why was not traced.`;
  return [`${beginning} ${text}${single}.${other}`];
}

/** Whether no place has more than one run, so that nobody knows how far runs spread. */
function isOfSingleRuns(curves: readonly Pick<Curve, 'cells'>[]): boolean {
  return curves.every(({ cells }) => cells.every((one) => everyRun(one).length <= 1));
}

function trendOf({ cells }: Curve): Trend | undefined {
  const [first = [], last = []] = [cells[0], cells.at(-1)].map((one) =>
    one === undefined ? [] : everyRun(one),
  );
  if (first.length === 0 || last.length === 0) return undefined;
  const runs = cells.map(everyRun).filter((each) => each.length > 0);
  // Nobody knows how what was never reached compares.
  if (runs.flat().every((seconds) => seconds === Infinity)) return undefined;
  if (isAbout(runs.flat())) return 'stays about the same';
  const levels = runs.map(median);
  if (isGrowing(levels) && isApart(first, last)) return 'grows';
  return isGrowing(levels.toReversed()) && isApart(last, first) ? 'falls' : 'has no trend';
}

/** Within a half, or a tenth of a second. */
function isAbout(seconds: readonly number[]): boolean {
  return !isApart([Math.min(...seconds)], [Math.max(...seconds)]);
}

/** All the way. */
function isGrowing(levels: readonly number[]): boolean {
  return levels.every((level, index) => index === 0 || level >= (levels[index - 1] ?? 0) - GRAIN);
}

/** Every one of the higher by half at least, and by a tenth of a second. */
function isApart(lower: readonly number[], higher: readonly number[]): boolean {
  const greatest = Math.max(...lower);
  return Math.min(...higher) > Math.max(1.5 * greatest, greatest + 0.1);
}

export interface ProfileQuestion {
  readonly metric: Metric;
  /** Of the metric: `T-throughput-failure`. */
  readonly title: string;
  /** What the values are: `BFD interval, ms`. */
  readonly by: string;
  readonly values: readonly number[];
  readonly question: (mechanism: MechanismName, value: number) => OutageQuestion;
}

/** Where hosts with our profile do worse than with the kernel's own timers, and where better. */
export function profileRemarks(
  outcomes: Outcomes,
  scale: Scale,
  { metric, title, by, values, question }: ProfileQuestion,
): readonly string[] {
  const of = (name: MechanismName, value: number): MeasuredCell =>
    cellOfOutage(outcomes, question(name, value), scale, metric);
  const pairs = values.map((value) => ({
    ...{ value, profile: of('wamptcp-fr-profile', value), kernel: of('wamptcp-fr', value) },
  }));
  const sides = (isMeant: (pair: (typeof pairs)[number]) => boolean): string =>
    pairs
      .filter(isMeant)
      .map(
        ({ value, profile, kernel }) => `${value} (${levelText(profile)} for ${levelText(kernel)})`,
      )
      .join(', ');
  const worse = sides(({ profile, kernel }) => isApart(known(kernel), known(profile)));
  const better = sides(({ profile, kernel }) => isApart(known(profile), known(kernel)));
  const parts = [
    ...(worse === '' ? [] : [`longer at ${worse}`]),
    ...(better === '' ? [] : [`shorter at ${better}`]),
  ];
  const asking = values.flatMap((value) => [
    question('wamptcp-fr-profile', value),
    question('wamptcp-fr', value),
  ]);
  const prompt =
    metric === 'throughputRecovery'
      ? promptRemark(
          `${title} with Fast Recovery, with the profile and without`,
          outcomes,
          asking,
          scale,
          metric,
        )
      : [];
  if (parts.length === 0) return prompt;
  const single = isOfSingleRuns(pairs.map(({ profile, kernel }) => ({ cells: [profile, kernel] })));
  return [
    ...prompt,
    `With the host profile ${title} is ${parts.join('; ')} than with the kernel’s own timers (${by}${single ? '; single runs' : ''}). ` +
      'Why was not traced.',
  ];
}

/** What was not measured is not apart from anything. */
function known(found: MeasuredCell): readonly number[] {
  const runs = everyRun(found);
  return runs.length === 0 ? [NaN] : runs;
}
