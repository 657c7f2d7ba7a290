/**
 * An experiment that asks the same of some mechanisms while one thing changes: a table and a chart for
 * each metric of interest.
 */
import { xyOption } from '../../chart/xy.ts';
import type { Axis } from '../../chart/xy.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import type { Experiment, Outcomes, Presentation, Scale } from '../experiment.ts';
import { titleOf } from '../mechanism-titles.ts';
import { mechanismSeries } from '../xy-series.ts';
import {
  asked,
  methodText,
  metricCell,
  metricValues,
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
  const values = sweep.values[scale];
  const found = (name: MechanismName, value: number) =>
    outcomesOfOutage(outcomes, sweep.question(name, value), scale);
  const titles = METRICS.filter(([metric]) => sweep.metrics.includes(metric));
  return {
    method: methodText(scale),
    tables: titles.map(([metric, caption]) => ({
      caption,
      columns: [sweep.x.name, ...sweep.mechanisms.map(titleOf)],
      rows: values.map((value) => [
        String(value),
        ...sweep.mechanisms.map((name) =>
          metricCell(found(name, value), metric, {
            watched: asked(sweep.question(name, value), scale),
          }),
        ),
      ]),
    })),
    charts: titles.map(([metric, caption]) => ({
      name: metric,
      caption: `${caption}: medians, with whiskers from the least to the greatest value.`,
      option: xyOption({
        title: caption,
        x: sweep.x,
        y: { name: 'seconds' },
        series: sweep.mechanisms.map((name) =>
          mechanismSeries(
            name,
            values.map((value) => [value, metricValues(found(name, value), metric)] as const),
          ),
        ),
      }),
    })),
    remarks: sweep.remarks ?? [],
    targets: [],
  };
}
