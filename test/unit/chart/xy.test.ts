/** Pictures of measured points and of distributions: what is in them, not how they look. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { distributionOption } from '../../../src/chart/steps.ts';
import { renderSvg } from '../../../src/chart/svg.ts';
import { xyOption } from '../../../src/chart/xy.ts';

describe('a chart of measured points', () => {
  const point = (x: number, median: number) => ({
    x,
    median,
    least: median / 2,
    greatest: 2 * median,
  });
  const option = xyOption({
    title: 'Recovery',
    x: { name: 'outage, s' },
    y: { name: 'seconds', log: true },
    series: [
      { name: 'one', colour: '#112233', points: [point(1, 10), point(2, 20)] },
      { name: 'other', colour: '#445566', points: [] },
    ],
  });
  const svg = renderSvg(option);

  test('names both axes and every series, also one without points', () => {
    for (const words of ['Recovery', 'outage, s', 'seconds', 'one', 'other']) {
      assert.ok(svg.includes(`>${words}<`), words);
    }
  });

  test('draws a whisker of three strokes for each point, in its colour', () => {
    const strokes = svg.match(/<path[^>]*stroke="#112233"[^>]*stroke-width="1\.2"/g) ?? [];
    assert.equal(strokes.length, 6);
  });
});

test('a distribution has a step for each value', () => {
  const { series } = distributionOption({
    ...{ title: 'Shares', quantity: 'share' },
    series: [{ name: 'a', colour: '#112233', values: [3, 1, 2, 1] }],
  });
  const [first] = Array.isArray(series) ? series : [series];
  assert.deepEqual(first?.data, [
    [1, 0.25],
    [1, 0.5],
    [2, 0.75],
    [3, 1],
  ]);
});
