/**
 * Distribution functions: for each value, which part of all is not greater.
 *
 * Always holds: the same values give the same chart.
 */
import { distribution } from '../lib/statistics.ts';
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
    title: { text: title, left: 'center', textStyle: { fontSize: 14 } },
    legend: { bottom: 0, itemGap: 24 },
    grid: { left: 65, right: 30, top: 45, bottom: 80 },
    xAxis: { type: log ? 'log' : 'value', name: quantity, nameLocation: 'middle', nameGap: 25 },
    yAxis: {
      type: 'value',
      name: 'part of all',
      nameLocation: 'middle',
      nameGap: 40,
      min: 0,
      max: 1,
    },
    series: series.map(({ name, colour, values, dashed = false }) => ({
      type: 'line' as const,
      step: 'end' as const,
      name,
      showSymbol: false,
      itemStyle: { color: colour },
      lineStyle: { color: colour, type: dashed ? ('dashed' as const) : ('solid' as const) },
      data: distribution(values).map(([value, part]) => [value, part]),
    })),
  };
}
