/**
 * An experiment that asks the same of some mechanisms while one thing changes: a table and a chart for
 * each metric of interest.
 */
import { xyOption } from '../../chart/xy.ts';
import type { Axis } from '../../chart/xy.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { cell } from '../cell.ts';
import type {
  Experiment,
  MeasuredCell,
  Outcomes,
  Presentation,
  ResultCell,
  ResultChart,
  ResultTable,
  Scale,
} from '../experiment.ts';
import type { OutageParameters } from '../instruments/outage.ts';
import { titleInList, titleOf } from '../mechanism-titles.ts';
import { paperOutage } from '../paper/outages.ts';
import type { OutageFigures } from '../paper/outages.ts';
import { PROXY_IS_DANTE } from '../paper/proxy.ts';
import { BEYOND, mechanismSeries } from '../xy-series.ts';
import { runsText } from '../runs-text.ts';
import {
  asked,
  methodText,
  metricCell,
  METRICS,
  outageTasks,
  outcomesOfOutage,
} from './outage-cells.ts';
import type { Metric, OutageQuestion } from './outage-cells.ts';
import { isComparable, profileRemarks, trendRemarks } from './sweep-trends.ts';
import type { Trend } from './sweep-trends.ts';

export interface Sweep extends Pick<Experiment, 'name' | 'title' | 'about'> {
  readonly aliases?: readonly string[];
  readonly paper: string;
  readonly mechanisms: readonly MechanismName[];
  readonly x: Axis;
  readonly values: Readonly<Record<Scale, readonly number[]>>;
  /** What is asked of a mechanism at a value; what does not depend on it is asked once. */
  readonly question: (mechanism: MechanismName, value: number) => OutageQuestion;
  readonly metrics: readonly Metric[];
  /** What the paper says of a curve. */
  readonly expected?: (mechanism: MechanismName, metric: Metric) => Trend | undefined;
  readonly remarks?: readonly string[];
  /** Whether to show what throughput is measured against. */
  readonly goals?: boolean;
}

export function sweepExperiment(sweep: Sweep): Experiment {
  const { name, title, about, aliases = [], paper } = sweep;
  return {
    ...{ name, title, about, aliases, paper },
    tasks: (scale) => outageTasks(questions(sweep, scale), scale),
    present: (outcomes, scale) => present(sweep, outcomes, scale),
  };
}

function questions(
  { mechanisms, values, question }: Sweep,
  scale: Scale,
): readonly OutageQuestion[] {
  return mechanisms.flatMap((name) => values[scale].map((value) => question(name, value)));
}

function present(sweep: Sweep, outcomes: Outcomes, scale: Scale): Presentation {
  const titles = METRICS.filter(([metric]) => sweep.metrics.includes(metric));
  return {
    method: methodText(scale, runsText(outcomes, outageTasks(questions(sweep, scale), scale))),
    tables: [
      ...titles.map(([metric, caption]) =>
        tableOf(sweep, scale, caption, (name, value) =>
          cellOf(sweep, outcomes, scale, { name, value, metric }),
        ),
      ),
      ...(sweep.goals === true ? goalTables(sweep, outcomes, scale) : []),
    ],
    charts: titles.map(([metric, caption]) => chartOf(sweep, outcomes, scale, metric, caption)),
    remarks: [...(sweep.remarks ?? []), ...remarks(sweep, outcomes, scale)],
    targets: [],
  };
}

/** What is not swept stands in the first row only. */
function tableOf(
  sweep: Sweep,
  scale: Scale,
  caption: string,
  cellAt: (name: MechanismName, value: number) => ResultCell,
): ResultTable {
  const still = stillOf(sweep, scale);
  return {
    caption,
    columns: [sweep.x.name, ...sweep.mechanisms.map(titleOf)],
    rows: sweep.values[scale].map((value, index) => [
      String(value),
      ...sweep.mechanisms.map((name) =>
        index > 0 && still.includes(name) ? 'as above' : cellAt(name, value),
      ),
    ]),
  };
}

/** Throughput counts as restored at 90 % of these. */
function goalTables(sweep: Sweep, outcomes: Outcomes, scale: Scale): readonly ResultTable[] {
  return GOALS.map(([when, caption]) =>
    tableOf(sweep, scale, caption, (name, value) =>
      cell(
        outcomesOfOutage(outcomes, sweep.question(name, value), scale),
        ({ goodput }) => goodput[when] ?? undefined,
        { digits: 0 },
      ),
    ),
  );
}

const GOALS = [
  [
    'before',
    'What it had in the last 2 s before the cut, Mb/s: T-throughput-recovery is measured against it',
  ],
  [
    'during',
    'What counts as its share of the lines that are left, Mb/s: T-throughput-failure is measured against it',
  ],
] as const;

interface Place {
  readonly name: MechanismName;
  readonly value: number;
  readonly metric: Metric;
}

function cellOf(
  sweep: Sweep,
  outcomes: Outcomes,
  scale: Scale,
  { name, value, metric }: Place,
): MeasuredCell {
  const question = sweep.question(name, value);
  const watched = asked(question, scale);
  const paper = paperAt(question, watched)?.[metric];
  return metricCell(outcomesOfOutage(outcomes, question, scale), metric, { watched, paper });
}

/** Seconds that the paper's outage lasts. */
const PAPER_OUTAGE = 10;

/** Table II's, where the same was asked; the paper prints no others. */
function paperAt(
  { outage = PAPER_OUTAGE }: OutageQuestion,
  { mechanism, rtt, competing, bfd }: OutageParameters,
): OutageFigures | undefined {
  const isOther = outage !== PAPER_OUTAGE || rtt !== 1 || competing !== 0;
  return isOther ? undefined : paperOutage(mechanism, bfd);
}

function chartOf(
  sweep: Sweep,
  outcomes: Outcomes,
  scale: Scale,
  metric: Metric,
  caption: string,
): ResultChart {
  const series = sweep.mechanisms.map((name) =>
    mechanismSeries(
      name,
      sweep.values[scale].map((value) => {
        const found = cellOf(sweep, outcomes, scale, { name, value, metric });
        const { values, stalled, notReached = 0 } = found;
        return { x: value, values, beyond: stalled + notReached };
      }),
    ),
  );
  const isBeyond = series.some(({ points }) => points.some(({ beyond }) => beyond === true));
  const still = stillOf(sweep, scale).map(titleInList).join(', ');
  const [figure = ''] = sweep.title.split(':', 1);
  return {
    name: metric,
    caption:
      `${figure}: ${nameOf(caption)}, medians in seconds, with whiskers from the least to the greatest value.` +
      (still === '' ? '' : ` Level: ${still}, not swept, from the same runs at every value.`) +
      (isBeyond ? ` ${BEYOND}` : ''),
    option: xyOption({ title: caption, x: sweep.x, y: { name: 'seconds' }, series }),
  };
}

function remarks(sweep: Sweep, outcomes: Outcomes, scale: Scale): readonly string[] {
  const still = stillOf(sweep, scale).map(titleInList).join(', ');
  return [
    ...(still === ''
      ? []
      : [
          `The ${nameOf(sweep.x.name)} does not matter to ${still}: not swept, measured at one only.`,
        ]),
    ...METRICS.filter(([metric]) => sweep.metrics.includes(metric)).flatMap(([metric, caption]) => [
      ...trends(sweep, outcomes, scale, metric, nameOf(caption)),
      ...(sweep.mechanisms.includes('wamptcp-fr-profile')
        ? profileRemarks(outcomes, scale, {
            ...{ metric, title: nameOf(caption), by: sweep.x.name, values: sweep.values[scale] },
            question: sweep.question,
          })
        : []),
    ]),
    'Of the paper’s curves we have no figures but those of its Table II, which stand where the same was asked. Why ours differ ' +
      'from these is said with Table II.',
    ...(sweep.mechanisms.includes('proxy') ? [PROXY_IS_DANTE] : []),
  ];
}

/** Those to which what is swept makes no difference: they were asked once. */
function stillOf({ mechanisms, values, question }: Sweep, scale: Scale): readonly MechanismName[] {
  const [least = NaN, ...others] = values[scale];
  const asks = (name: MechanismName, value: number): string =>
    JSON.stringify(asked(question(name, value), scale));
  return mechanisms.filter(
    (name) => others.length > 0 && others.every((value) => asks(name, value) === asks(name, least)),
  );
}

function trends(
  sweep: Sweep,
  outcomes: Outcomes,
  scale: Scale,
  metric: Metric,
  title: string,
): readonly string[] {
  const values = sweep.values[scale];
  const still = stillOf(sweep, scale);
  const curves = sweep.mechanisms
    .filter((name) => !still.includes(name))
    .map((name) => ({
      title: titleInList(name),
      cells: values.map((value) => cellOf(sweep, outcomes, scale, { name, value, metric })),
      expected: isComparable(name, metric) ? sweep.expected?.(name, metric) : undefined,
    }));
  const ends = `${values[0] ?? ''} to ${values.at(-1) ?? ''}`;
  return trendRemarks(`From ${ends} (${sweep.x.name}) ${title}`, curves);
}

/** Without its unit. */
function nameOf(caption: string): string {
  return caption.replace(/, m?s$/, '');
}
