/**
 * Distribution functions: for each value, which part of all is not greater.
 *
 * Always holds: the same values give the same chart.
 */
import { distribution } from '../lib/statistics.ts';
import { frame, LOG_AXIS, named } from './frame.ts';
import type { ChartOption } from './svg.ts';

export interface DistributionSeries {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
  readonly dashed?: boolean;
}

export interface DistributionChart {
  readonly title: string;
  /** What the values are, with their unit. */
  readonly quantity: string;
  readonly log?: boolean;
  readonly series: readonly DistributionSeries[];
}

export function distributionOption(chart: DistributionChart): ChartOption {
  const { title, quantity, log = false, series } = chart;
  return {
    ...frame(
      title,
      series.map(({ name }) => name),
    ),
    xAxis: { ...(log ? LOG_AXIS : { type: 'value' }), ...named(quantity, 25) },
    yAxis: { type: 'value', ...named('part of all', 40), min: 0, max: 1 },
    series: series.map(({ name, colour, values, dashed = false }) => ({
      type: 'line' as const,
      step: 'end' as const,
      name,
      symbol: 'none',
      itemStyle: { color: colour },
      lineStyle: { color: colour, type: dashed ? ('dashed' as const) : ('solid' as const) },
      data: stepsOf(values),
    })),
  };
}

/** Nothing is less than the least: there the function leaves 0. */
function stepsOf(values: readonly number[]): [number, number][] {
  const steps = distribution(values).map(([value, part]): [number, number] => [value, part]);
  return [...steps.slice(0, 1).map(([least]): [number, number] => [least, 0]), ...steps];
}
