/**
 * An experiment that asks the same of some mechanisms while one thing changes: a table and a chart for
 * each metric of interest.
 */
import { xyOption } from '../../chart/xy.ts';
import type { Axis } from '../../chart/xy.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import type {
  Experiment,
  MeasuredCell,
  Outcomes,
  Presentation,
  ResultChart,
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
import { differenceRemarks } from './outage-remarks.ts';
import { trendsText } from './sweep-trends.ts';

export interface Sweep extends Pick<Experiment, 'name' | 'title' | 'about'> {
  readonly aliases?: readonly string[];
  readonly paper: string;
  readonly mechanisms: readonly MechanismName[];
  readonly x: Axis;
  readonly values: Readonly<Record<Scale, readonly number[]>>;
  /** What is asked of a mechanism at a value; what does not depend on it is asked once. */
  readonly question: (mechanism: MechanismName, value: number) => OutageQuestion;
  readonly metrics: readonly Metric[];
  readonly remarks?: readonly string[];
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
    tables: titles.map(([metric, caption]) => ({
      caption,
      columns: [sweep.x.name, ...sweep.mechanisms.map(titleOf)],
      rows: sweep.values[scale].map((value) => [
        String(value),
        ...sweep.mechanisms.map((name) => cellOf(sweep, outcomes, scale, { name, value, metric })),
      ]),
    })),
    charts: titles.map(([metric, caption]) => chartOf(sweep, outcomes, scale, metric, caption)),
    remarks: [...(sweep.remarks ?? []), ...remarks(sweep, outcomes, scale)],
    targets: [],
  };
}

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
  { bfd, outage = PAPER_OUTAGE }: OutageQuestion,
  { mechanism, rtt, competing, ...whole }: OutageParameters,
): OutageFigures | undefined {
  const isOther = outage !== PAPER_OUTAGE || rtt !== 1 || competing !== 0;
  if (isOther || (bfd !== undefined && bfd !== 100 && bfd !== 1000)) return undefined;
  return paperOutage(mechanism, whole.bfd);
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
  const [figure = ''] = sweep.title.split(':', 1);
  return {
    name: metric,
    caption:
      `${figure}: ${nameOf(caption)}, medians in seconds, with whiskers from the least to the greatest value.` +
      (isBeyond ? ` ${BEYOND}` : ''),
    option: xyOption({ title: caption, x: sweep.x, y: { name: 'seconds' }, series }),
  };
}

function remarks(sweep: Sweep, outcomes: Outcomes, scale: Scale): readonly string[] {
  return [
    ...sameThroughout(sweep, scale),
    ...METRICS.filter(([metric]) => sweep.metrics.includes(metric)).flatMap((one) =>
      trendRemark(sweep, outcomes, scale, one),
    ),
    ...paperRemarks(sweep, outcomes, scale),
  ];
}

function sameThroughout(sweep: Sweep, scale: Scale): readonly string[] {
  const [least = NaN, ...others] = sweep.values[scale];
  const asks = (name: MechanismName, value: number): string =>
    JSON.stringify(asked(sweep.question(name, value), scale));
  const same = sweep.mechanisms.filter((name) =>
    others.every((value) => asks(name, value) === asks(name, least)),
  );
  if (same.length === 0 || others.length === 0) return [];
  return [
    `The ${nameOf(sweep.x.name)} makes no difference to ${same.map(titleInList).join(', ')}: each was measured once and stands ` +
      'at every value.',
  ];
}

function trendRemark(
  sweep: Sweep,
  outcomes: Outcomes,
  scale: Scale,
  [metric, caption]: (typeof METRICS)[number],
): readonly string[] {
  const values = sweep.values[scale];
  const [first = NaN, last = NaN] = [values[0], values.at(-1)];
  const text = trendsText(
    sweep.mechanisms.map((name) => ({
      title: titleInList(name),
      first: cellOf(sweep, outcomes, scale, { name, value: first, metric }),
      last: cellOf(sweep, outcomes, scale, { name, value: last, metric }),
    })),
  );
  return text === ''
    ? []
    : [`From ${first} to ${last} (${sweep.x.name}) ${nameOf(caption)} ${text}.`];
}

/** Reasons once, where BFD is swept: elsewhere the same measurements stand beside the same figures. */
function paperRemarks(sweep: Sweep, outcomes: Outcomes, scale: Scale): readonly string[] {
  const compared = sweep.mechanisms.flatMap((name) =>
    sweep.metrics.flatMap((metric) =>
      sweep.values[scale].map((value) => ({
        ...{ title: titleInList(name), metric, rests: !mechanism(name).detects },
        cell: cellOf(sweep, outcomes, scale, { name, value, metric }),
      })),
    ),
  );
  if (compared.every(({ cell }) => cell.paper === undefined)) return [];
  const [name, value] = [sweep.mechanisms[0], sweep.values[scale][0]];
  const isOfBfd =
    name !== undefined && value !== undefined && sweep.question(name, value).bfd === value;
  return [
    `Of the paper’s curves we have no figures but those of its Table II, which stand where the same was asked.${isOfBfd ? '' : ' Why ours differ from these is said with Figures 11–13.'}`,
    ...(sweep.mechanisms.includes('proxy') ? [PROXY_IS_DANTE] : []),
    ...(isOfBfd ? differenceRemarks(compared, scale) : []),
  ];
}

/** Without its unit. */
function nameOf(caption: string): string {
  return caption.replace(/, m?s$/, '');
}
