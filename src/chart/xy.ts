/**
 * Lines of measured points: the median, with whiskers from the least to the greatest value.
 *
 * Always holds: the same values give the same chart; a point without a value is a gap, and no line is
 * drawn over it.
 */
import type { CustomSeriesRenderItem } from 'echarts';

import type { Summary } from '../lib/statistics.ts';
import { frame, LOG_AXIS, named } from './frame.ts';
import type { ChartOption } from './svg.ts';

/** Told apart where lines meet, and without colours. */
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect'];

export interface XyPoint {
  readonly x: number;
  /** Null: there is no value. */
  readonly spread: Summary | null;
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
    ...frame(
      title,
      series.map(({ name }) => name),
    ),
    xAxis: { ...axis(x), ...named(x.name, 25) },
    yAxis: { ...axis(y), ...named(y.name, 45) },
    series: series.flatMap(({ name, colour, points }, index) => [
      {
        type: 'line' as const,
        name,
        itemStyle: { color: colour },
        lineStyle: { color: colour },
        symbol: SYMBOLS[index % SYMBOLS.length] ?? 'circle',
        symbolSize: 8,
        data: points.map(({ x: at, spread }) => [at, spread === null ? '-' : spread.median]),
      },
      {
        type: 'custom' as const,
        name,
        itemStyle: { color: colour },
        silent: true,
        renderItem: whisker(colour),
        data: points.flatMap(({ x: at, spread }) =>
          spread === null || spread.least === spread.greatest
            ? []
            : [[at, spread.least, spread.greatest]],
        ),
      },
    ]),
  };
}

function axis({ log = false }: Axis) {
  return log ? LOG_AXIS : { type: 'value' as const, min: 0 };
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
