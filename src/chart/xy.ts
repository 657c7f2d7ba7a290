/**
 * Lines of measured points: the median, with whiskers from the least to the greatest value.
 *
 * Always holds: the same values give the same chart; a point without a value is a gap, and no line is
 * drawn over it; one that was beyond what could be measured is an arrow at the top edge.
 */
import type { CustomSeriesRenderItem } from 'echarts';

import type { Summary } from '../lib/statistics.ts';
import { frame, LOG_AXIS, named } from './frame.ts';
import type { ChartOption } from './svg.ts';

/** Told apart where lines meet, and without colours. */
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect'];

/** Pixels: of an arrow, and between those of several series at the same place. */
const ARROW = { height: 16, head: 6, half: 4, beside: 11 };

export interface XyPoint {
  readonly x: number;
  /** Null: there is no value. */
  readonly spread: Summary | null;
  /** It is greater than could be measured, in one run at least. */
  readonly beyond?: boolean;
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
        // Else the axis ends below the greatest values.
        encode: { x: 0, y: [1, 2] },
        data: points.flatMap(({ x: at, spread }) =>
          spread === null || spread.least === spread.greatest
            ? []
            : [[at, spread.least, spread.greatest]],
        ),
      },
      ...arrows(points, colour, name, index - (series.length - 1) / 2),
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
    const half = 4;
    return {
      type: 'group',
      children: [
        stroke(colour, [x, low], [x, high]),
        stroke(colour, [x - half, low], [x + half, low]),
        stroke(colour, [x - half, high], [x + half, high]),
      ],
    };
  };
}

/** @param place among those of all series, from the middle on */
function arrows(points: readonly XyPoint[], colour: string, name: string, place: number) {
  const beyond = points.filter((point) => point.beyond === true);
  if (beyond.length === 0) return [];
  return [
    {
      type: 'custom' as const,
      name,
      itemStyle: { color: colour },
      silent: true,
      renderItem: arrow(colour, place * ARROW.beside),
      // It has no height of its own, so it must not stretch the axis.
      encode: { x: 0, y: [] },
      data: beyond.map(({ x }) => [x]),
    },
  ];
}

function arrow(colour: string, beside: number): CustomSeriesRenderItem {
  return ({ coordSys }, api) => {
    const [middle = 0] = api.coord([api.value(0), 1]);
    const x = middle + beside;
    const top = 'y' in coordSys ? Number(coordSys.y) + 2 : 0;
    return {
      type: 'group',
      children: [
        stroke(colour, [x, top + ARROW.height], [x, top], 2),
        stroke(colour, [x - ARROW.half, top + ARROW.head], [x, top], 2),
        stroke(colour, [x + ARROW.half, top + ARROW.head], [x, top], 2),
      ],
    };
  };
}

type Pixel = readonly [x: number, y: number];

function stroke(colour: string, [x1, y1]: Pixel, [x2, y2]: Pixel, lineWidth = 1.2) {
  return {
    type: 'line' as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: colour, lineWidth },
  };
}
