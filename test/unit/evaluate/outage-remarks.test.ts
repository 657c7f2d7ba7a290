/** What is said of differences from the paper, and of curves, from made-up figures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { MeasuredCell } from '../../../src/evaluate/experiment.ts';
import { differenceRemarks } from '../../../src/evaluate/experiments/outage-remarks.ts';
import type { Compared } from '../../../src/evaluate/experiments/outage-remarks.ts';
import { trendsText } from '../../../src/evaluate/experiments/sweep-trends.ts';

const cell = (values: readonly number[], more: Partial<MeasuredCell> = {}): MeasuredCell => ({
  ...{ values, stalled: 0, failed: 0, digits: 3 },
  ...more,
});

describe('remarks about differences from the paper', () => {
  const remarks = (...compared: readonly Compared[]): readonly string[] =>
    differenceRemarks(compared, 'quick');
  const metric = 'throughputRecovery';

  test('name who differs, each once, and why', () => {
    const one = {
      title: 'WaMPTCP',
      metric,
      rests: true,
      cell: cell([2, 3], { paper: '6.86' }),
    } as const;
    const [remark = '', ...others] = remarks(one, one);
    assert.match(remark, /^T-throughput-recovery is shorter than the paper’s for WaMPTCP\. /);
    assert.match(remark, /Without Fast Recovery .* The outage here is 4 s, the paper’s 10 s\.$/);
    assert.deepEqual(others, []);
  });

  test('say nothing of backoff where no subflow rests', () => {
    const [remark = ''] = remarks({
      title: 'WaMPTCP+FR',
      metric,
      cell: cell([3], { paper: '0.44' }),
    });
    assert.match(remark, /longer .* With Fast Recovery/);
    assert.doesNotMatch(remark, /Without/);
  });

  test('are none where nothing differs much, was measured or printed', () => {
    for (const found of [
      cell([0.5], { paper: '0.44' }),
      cell([], { paper: '0.44' }),
      cell([], { paper: '0.44', unavailable: 1 }),
      cell([9]),
      cell([9], { paper: '>120' }),
    ]) {
      assert.deepEqual(remarks({ title: 'a', metric, cell: found }), []);
    }
  });

  test('take what was not reached for longer', () => {
    const found = cell([], { paper: '0.44', notReached: 2 });
    assert.equal(remarks({ title: 'a', metric, cell: found }).length, 1);
  });
});

test('curves grow, fall and stay; one without an end is not named, what was not reached is the greatest', () => {
  const curve = (title: string, first: MeasuredCell, last: MeasuredCell) => ({
    title,
    first,
    last,
  });
  assert.equal(
    trendsText([
      curve('a', cell([1]), cell([2])),
      curve('b', cell([1]), cell([], { notReached: 1 })),
      curve('c', cell([0.01]), cell([0.05])),
      curve('d', cell([2]), cell([1])),
      curve('e', cell([2]), cell([])),
    ]),
    'grows for a, b; stays about the same for c; falls for d',
  );
});
