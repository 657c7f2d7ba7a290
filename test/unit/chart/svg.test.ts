import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { renderSvg } from '../../../src/chart/svg.ts';
import type { ChartOption } from '../../../src/chart/svg.ts';

const OPTION: ChartOption = {
  xAxis: { type: 'category', data: ['a', 'b'] },
  yAxis: {},
  series: [
    { type: 'bar', data: [1, 2] },
    { type: 'line', data: [2, 3] },
  ],
};

const label = 'Two <bars> & "a line"';

describe('a chart', () => {
  test('has words for who cannot see it', () => {
    const svg = renderSvg(OPTION, { label });
    assert.ok(
      svg.startsWith('<svg role="img" aria-label="Two &lt;bars> &amp; &quot;a line&quot;" '),
    );
  });

  test('is the same text for the same values, however many were drawn before', () => {
    assert.equal(renderSvg(OPTION, { label }), renderSvg(OPTION, { label }));
  });

  test('shares no identifier with one of another name', () => {
    const names = (svg: string): Set<string> =>
      new Set([...svg.matchAll(/(?:id|class)="([^"]+)"/g)].flatMap(([, name]) => name!.split(' ')));
    const [one, other] = ['one', 'other'].map((name) => names(renderSvg(OPTION, { name, label })));
    assert.ok(one!.size > 0);
    assert.deepEqual(
      [...one!].filter((name) => other!.has(name)),
      [],
    );
  });
});
