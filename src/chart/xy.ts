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
      ...arrows(series, index),
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

/** Those of several series at the same place stand beside each other. */
function arrows(all: readonly XySeries[], index: number) {
  const { name, colour, points } = all[index] ?? { name: '', colour: '', points: [] };
  const data = points.flatMap(({ x, beyond = false }) => {
    if (!beyond) return [];
    const sharing = all.flatMap((series, at) =>
      series.points.some((point) => point.x === x && point.beyond === true) ? [at] : [],
    );
    return [[x, sharing.indexOf(index), sharing.length]];
  });
  if (data.length === 0) return [];
  return [
    {
      type: 'custom' as const,
      name,
      itemStyle: { color: colour },
      silent: true,
      renderItem: arrow(colour),
      // It has no height of its own, so it must not stretch the axis.
      encode: { x: 0, y: [] },
      data,
    },
  ];
}

function arrow(colour: string): CustomSeriesRenderItem {
  return ({ coordSys }, api) => {
    const plot = coordSys as unknown as { x: number; y: number; width: number };
    const [middle = 0] = api.coord([api.value(0), 1]);
    const [place, count] = [Number(api.value(1)), Number(api.value(2))];
    // At the edges the whole group moves into the plot.
    const reach = ((count - 1) / 2) * ARROW.beside + ARROW.half + 2;
    const centre = Math.min(Math.max(middle, plot.x + reach), plot.x + plot.width - reach);
    const x = centre + (place - (count - 1) / 2) * ARROW.beside;
    const top = plot.y + 2;
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
