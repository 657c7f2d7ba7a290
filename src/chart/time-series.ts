/**
 * A chart of rates over time, with outages as areas and moments as lines.
 *
 * Always holds: the same values give the same chart; the horizontal axis is seconds.
 */
import { frame, named } from './frame.ts';
import type { ChartOption } from './svg.ts';

/** After Okabe and Ito, told apart by most who see fewer colours; the first is for what all have in sum. */
const PALETTE = ['#8a8a8a', '#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export interface TimeSeries {
  readonly name: string;
  /** Seconds, and the value then. */
  readonly points: readonly (readonly [number, number])[];
}

export interface TimeSeriesChart {
  readonly title: string;
  /** What the vertical axis shows, with its unit. */
  readonly quantity: string;
  readonly series: readonly TimeSeries[];
  /** Seconds; without an end: to the end of the chart. */
  readonly areas?: readonly {
    readonly name: string;
    readonly from: number;
    readonly to?: number;
  }[];
  readonly marks?: readonly { readonly name: string; readonly at: number }[];
}

export function timeSeriesOption(chart: TimeSeriesChart): ChartOption {
  const { title, quantity, series, areas = [], marks = [] } = chart;
  const last = Math.max(0, ...series.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const decorations = {
    markArea: {
      silent: true,
      itemStyle: { color: '#d64545', opacity: 0.12 },
      label: { position: 'insideTop' as const, color: '#8c2f2f', textBorderWidth: 0 },
      data: areas.map(({ name, from, to = last }): [object, object] => [
        { name, xAxis: from },
        { xAxis: to },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: '#555555', type: 'dashed' as const },
      // One above the other: moments of one outage are close together.
      data: marks.map(({ name, at }, index) => ({
        name,
        xAxis: at,
        label: { formatter: name, distance: 2 + 12 * (index % 3) },
      })),
    },
  };
  return {
    color: PALETTE,
    ...frame(
      title,
      series.map(({ name }) => name),
      // Names of marks stand above the axes, in three rows.
      marks.length === 0 ? undefined : 82,
    ),
    xAxis: {
      type: 'value',
      ...named('seconds', 25),
      min: 0,
      max: last,
      axisLabel: { showMaxLabel: false },
    },
    yAxis: { type: 'value', ...named(quantity, 45), min: 0 },
    series: series.map(({ name, points }, index) => ({
      type: 'line',
      name,
      data: points.map(([x, y]) => [x, y]),
      symbol: 'none',
      // Thinner than what it may cover, so that equal rates are both seen.
      lineStyle: { width: Math.max(1.2, 3 - 0.8 * index) },
      ...(index === 0 ? decorations : {}),
    })),
  };
}
