/**
 * Charts as SVG text, drawn by Apache ECharts.
 *
 * Always holds: the same values give the same text; nothing is read, written or animated.
 */
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import type {
  BarSeriesOption,
  CustomSeriesOption,
  LineSeriesOption,
  ScatterSeriesOption,
} from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import type {
  GridComponentOption,
  LegendComponentOption,
  MarkAreaComponentOption,
  MarkLineComponentOption,
  TitleComponentOption,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import type { ComposeOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

import { attributeText } from '../lib/markup.ts';

use([
  ...[BarChart, CustomChart, LineChart, ScatterChart],
  ...[GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TitleComponent],
  SVGRenderer,
]);

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | CustomSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | MarkAreaComponentOption
  | MarkLineComponentOption
  | TitleComponentOption
>;

export interface ChartSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

const SIZE: ChartSize = { width: 760, height: 340 };

export interface SvgOptions {
  readonly size?: ChartSize | undefined;
  /**
   * Begins the identifiers within, so that several charts can stand in one page (identifiers and
   * style classes of inline SVG are the page's).
   */
  readonly name?: string;
  /** What who cannot see it is told. */
  readonly label: string;
}

export function renderSvg(
  option: ChartOption,
  { size = SIZE, name = 'chart', label }: SvgOptions,
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
    return labelled(renamed(chart.renderToSVGString(), name), label);
  } finally {
    chart.dispose();
  }
}

function labelled(svg: string, label: string): string {
  return svg.replace('<svg ', () => `<svg role="img" aria-label="${attributeText(label)}" `);
}

/** ECharts numbers its identifiers by the charts and shapes that it has drawn since it was loaded. */
function renamed(svg: string, name: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\bzr\d+-[a-z]+-?\d+\b/g, (found) => {
    const known = names.get(found) ?? `${name}-${names.size}`;
    names.set(found, known);
    return known;
  });
}
