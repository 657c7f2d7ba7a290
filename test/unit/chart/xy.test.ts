/** Pictures of measured points and of distributions: what is in them, not how they look. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { frame } from '../../../src/chart/frame.ts';
import { distributionOption } from '../../../src/chart/steps.ts';
import { renderSvg } from '../../../src/chart/svg.ts';
import type { ChartOption } from '../../../src/chart/svg.ts';
import { xyOption } from '../../../src/chart/xy.ts';
import type { XyPoint } from '../../../src/chart/xy.ts';

describe('a chart of measured points', () => {
  const point = (x: number, median: number) => ({
    x,
    spread: { median, least: median / 2, greatest: 2 * median, count: 3 },
  });
  const alone = { x: 3, spread: { median: 1, least: 1, greatest: 1, count: 1 } };
  const option = xyOption({
    title: 'Recovery',
    x: { name: 'outage, s' },
    y: { name: 'seconds', log: true },
    series: [
      { name: 'one', colour: '#112233', points: [point(1, 10), alone, point(4, 20)] },
      { name: 'other', colour: '#445566', points: [] },
    ],
  });
  const svg = renderSvg(option, { label: '' });

  test('draws no line over a point without a value', () => {
    const [first] = seriesOf(
      xyOption({
        ...{ title: '', x: { name: '' }, y: { name: '' } },
        series: [
          { name: 'one', colour: '#112233', points: [point(1, 10), { x: 2, spread: null }] },
        ],
      }),
    );
    assert.deepEqual(first?.data, [
      [1, 10],
      [2, '-'],
    ]);
  });

  test('draws an arrow of three strokes for a point beyond what could be measured', () => {
    const strokes = (points: XyPoint[]): number => {
      const series = [{ name: 'one', colour: '#112233', points }];
      const drawn = xyOption({ title: '', x: { name: '' }, y: { name: '' }, series });
      return renderSvg(drawn, { label: '' }).match(/<path[^>]*stroke="#112233"/g)?.length ?? 0;
    };
    const beyond = { x: 4, spread: null, beyond: true };
    assert.equal(strokes([point(1, 10), beyond]) - strokes([point(1, 10)]), 3);
    assert.equal(strokes([beyond]), 3 + strokes([]));
  });

  test('names both axes and every series, also one without points', () => {
    for (const words of ['Recovery', 'outage, s', 'seconds', 'one', 'other']) {
      assert.ok(svg.includes(`>${words}<`), words);
    }
  });

  test('draws a whisker of three strokes for each point that has a spread, in its colour', () => {
    const strokes = svg.match(/<path[^>]*stroke="#112233"[^>]*stroke-width="1\.2"/g) ?? [];
    assert.equal(strokes.length, 6);
  });
});

test('a distribution has a step for each value, and begins at 0', () => {
  const [first] = seriesOf(
    distributionOption({
      ...{ title: 'Shares', quantity: 'share' },
      series: [{ name: 'a', colour: '#112233', values: [3, 1, 2, 1] }],
    }),
  );
  assert.deepEqual(first?.data, [
    [1, 0],
    [1, 0.25],
    [1, 0.5],
    [2, 0.75],
    [3, 1],
  ]);
});

test('a legend of many names has room for its rows below the axes', () => {
  const roomFor = (count: number): number => {
    const { grid } = frame('', Array<string>(count).fill('a mechanism of some name'));
    const [first] = Array.isArray(grid) ? grid : [grid];
    return Number(first?.bottom);
  };
  assert.equal(roomFor(2), roomFor(1));
  assert.ok(roomFor(6) > roomFor(2) && roomFor(12) > roomFor(6));
});

function seriesOf({ series = [] }: ChartOption) {
  return Array.isArray(series) ? series : [series];
}
