/**
 * Lines of measured points: the median, with whiskers from the least to the greatest value.
 *
 * Always holds: the same values give the same chart; a point without a value is a gap.
 */
import type { CustomSeriesRenderItem } from 'echarts';

import type { ChartOption } from './svg.ts';

export interface XyPoint {
  readonly x: number;
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

export interface XySeries {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly XyPoint[];
}

export interface Axis {
  /** With its unit. */
  readonly name: string;
  readonly log?: boolean;
}

export interface XyChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly XySeries[];
}

export function xyOption({ title, x, y, series }: XyChart): ChartOption {
  return {
    title: { text: title, left: 'center', textStyle: { fontSize: 14 } },
    legend: { bottom: 0, itemGap: 24, data: series.map(({ name }) => name) },
    grid: {
      left: 65,
      right: 30,
      top: 45,
      bottom: 30 + 25 * Math.ceil((series.length + 1) / 4) + 25,
    },
    xAxis: { ...axis(x), nameLocation: 'middle', nameGap: 25 },
    yAxis: { ...axis(y), nameLocation: 'middle', nameGap: 45 },
    series: series.flatMap(({ name, colour, points }) => [
      {
        type: 'line' as const,
        name,
        itemStyle: { color: colour },
        lineStyle: { color: colour },
        symbolSize: 6,
        data: points.map(({ x: at, median }) => [at, median]),
      },
      {
        type: 'custom' as const,
        name,
        itemStyle: { color: colour },
        silent: true,
        renderItem: whisker(colour),
        data: points.map(({ x: at, least, greatest }) => [at, least, greatest]),
      },
    ]),
  };
}

function axis({ name, log = false }: Axis): { type: 'log' | 'value'; name: string; min?: number } {
  return log ? { type: 'log', name } : { type: 'value', name, min: 0 };
}

function whisker(colour: string): CustomSeriesRenderItem {
  return (_, api) => {
    const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)]);
    const [, high = 0] = api.coord([api.value(0), api.value(2)]);
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: colour, lineWidth: 1.2 },
    });
    const half = 4;
    return {
      type: 'group',
      children: [
        line(x, low, x, high),
        line(x - half, low, x + half, low),
        line(x - half, high, x + half, high),
      ],
    };
  };
}
