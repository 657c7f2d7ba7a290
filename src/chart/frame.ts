/**
 * What stands around every chart: the title above, the legend below, and room for both.
 *
 * Always holds: the legend has a row more rather than overlaps the axis.
 */
import type { ChartOption } from './svg.ts';

/** Pixels of a letter of 12 px in the widest of the usual fonts. */
const LETTER = 7.5;
/** Between entries, and between rows; the reader’s font may be wider than the one drawn for. */
const GAP = 24;
const MARK = { width: 30, beside: 5 };
const HEIGHT = 14;
/** Of a row: what a chart of the usual width has within its margins. */
const WIDTH = 740;

/**
 * @param names of the series, each once
 * @param above pixels above the axes
 */
export function frame(
  title: string,
  names: readonly string[],
  above = 45,
): Pick<ChartOption, 'title' | 'legend' | 'grid'> {
  return {
    title: { text: title, left: 'center', textStyle: { fontSize: 14 } },
    legend: { bottom: 4, data: [...names], itemGap: GAP, itemWidth: MARK.width },
    grid: { left: 65, right: 30, top: above, bottom: 45 + (HEIGHT + GAP) * rowsOf(names) },
  };
}

/** An axis is named along its middle; `gap` pixels keep the name clear of the figures. */
export function named(name: string, gap: number) {
  return { name, nameLocation: 'middle' as const, nameGap: gap };
}

/** Powers of ten with what lies between them: few charts span many. */
export const LOG_AXIS = {
  type: 'log' as const,
  minorTick: { show: true, splitNumber: 9 },
  minorSplitLine: { show: true },
};

function rowsOf(names: readonly string[]): number {
  let rows = 1;
  let used = 0;
  for (const { length } of names) {
    const wide = MARK.width + MARK.beside + LETTER * length + GAP;
    if (used > 0 && used + wide > WIDTH) {
      rows += 1;
      used = 0;
    }
    used += wide;
  }
  return rows;
}
