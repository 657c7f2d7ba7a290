/**
 * An experiment that asks the same of some mechanisms while one thing changes: a table and a chart for
 * each metric of interest.
 */
import { xyOption } from '../../chart/xy.ts';
import type { Axis } from '../../chart/xy.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import type {
  Experiment,
  MeasuredCell,
  Outcomes,
  Presentation,
  ResultChart,
  Scale,
} from '../experiment.ts';
import type { OutageParameters } from '../instruments/outage.ts';
import { titleOf } from '../mechanism-titles.ts';
import { paperOutage } from '../paper/outages.ts';
import type { OutageFigures } from '../paper/outages.ts';
import { BEYOND, mechanismSeries } from '../xy-series.ts';
import {
  asked,
  methodText,
  metricCell,
  METRICS,
  outageTasks,
  outcomesOfOutage,
} from './outage-cells.ts';
import type { Metric, OutageQuestion } from './outage-cells.ts';

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
    tasks: (scale) =>
      outageTasks(
        sweep.mechanisms.flatMap((one) =>
          sweep.values[scale].map((value) => sweep.question(one, value)),
        ),
        scale,
      ),
    present: (outcomes, scale) => present(sweep, outcomes, scale),
  };
}

function present(sweep: Sweep, outcomes: Outcomes, scale: Scale): Presentation {
  const titles = METRICS.filter(([metric]) => sweep.metrics.includes(metric));
  return {
    method: methodText(scale),
    tables: titles.map(([metric, caption]) => ({
      caption,
      columns: [sweep.x.name, ...sweep.mechanisms.map(titleOf)],
      rows: sweep.values[scale].map((value) => [
        String(value),
        ...sweep.mechanisms.map((name) => cellOf(sweep, outcomes, scale, { name, value, metric })),
      ]),
    })),
    charts: titles.map(([metric, caption]) => chartOf(sweep, outcomes, scale, metric, caption)),
    remarks: sweep.remarks ?? [],
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
      `${figure}: ${caption.replace(/, s$/, '')}, medians in seconds, with whiskers from the least to the greatest value.` +
      (isBeyond ? ` ${BEYOND}` : ''),
    option: xyOption({ title: caption, x: sweep.x, y: { name: 'seconds' }, series }),
  };
}
