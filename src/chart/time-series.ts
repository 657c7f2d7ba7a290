/**
 * A chart of rates over time, with outages as areas and moments as lines.
 *
 * Always holds: the same values give the same chart; the horizontal axis is seconds.
 */
import type { ChartOption } from './svg.ts';

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
    title: { text: title, left: 'center', textStyle: { fontSize: 14 } },
    legend: { bottom: 0, itemGap: 24 },
    grid: { left: 60, right: 30, top: 70, bottom: 65 },
    xAxis: { type: 'value', name: 'seconds', nameLocation: 'middle', nameGap: 25, min: 0 },
    yAxis: { type: 'value', name: quantity, min: 0 },
    series: series.map(({ name, points }, index) => ({
      type: 'line',
      name,
      data: points.map(([x, y]) => [x, y]),
      showSymbol: false,
      ...(index === 0 ? decorations : {}),
    })),
  };
}
