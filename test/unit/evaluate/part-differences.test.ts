/** Parts beside those that the paper printed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { partDifferences } from '../../../src/evaluate/experiments/part-differences.ts';
import type { MeasuredCell } from '../../../src/evaluate/experiment.ts';
import { partOfPrinted, printedRatio, printedTimes } from '../../../src/evaluate/paper/ratio.ts';

const cell = (values: readonly number[], paper?: string, stalled = 0): MeasuredCell => ({
  ...{ values, stalled, failed: 0, digits: 2 },
  ...(paper === undefined ? {} : { paper }),
});

describe('a part that differs by more than a fifth', () => {
  for (const [what, one, said] of [
    ['nothing within a fifth', cell([0.9, 1, 1.1], '0.9'), []],
    ['more', cell([0.7, 0.78, 0.8], '0.51'), ['more', '0.78 for 0.51']],
    ['less', cell([0.3], '0.51'), ['less', '0.30 for 0.51']],
    ['what stood still is part of nothing', cell([], '0.51', 1), ['less', '0.00 for 0.51']],
    ['more than a bound', cell([0.4], '<0.05'), ['more', '0.40 for <0.05']],
    ['nothing is less than a bound', cell([0.01], '<0.05'), []],
    ['nothing beside a paper that stalls', cell([0.9], 'stall'), []],
    ['nothing without the paper’s', cell([0.9]), []],
    ['nothing that was not measured', cell([], '0.5'), []],
  ] as const) {
    test(what, () => {
      const [text, ...more] = partDifferences([{ place: 'WaMPTCP, 1 s', cell: one }]);
      assert.deepEqual(more, []);
      const [than, figures] = said;
      const wanted =
        than === undefined
          ? undefined
          : `More than a fifth ${than} than the paper’s part: WaMPTCP, 1 s ${figures}.`;
      assert.equal(text, wanted);
    });
  }
});

describe('figures as they are printed', () => {
  test('in proportion keep their sign, and words stay', () => {
    assert.equal(printedTimes('176', 0.125, 1), '22.0');
    assert.equal(printedTimes('>3600', 0.125, 1), '>450.0');
    assert.equal(printedTimes('stall', 0.125, 1), 'stall');
    assert.equal(printedTimes('176', 1, 1), '176');
    assert.equal(printedTimes(undefined, 0.125, 1), undefined);
  });

  test('as parts', () => {
    assert.equal(printedRatio('5', '10'), '0.50');
    assert.equal(printedRatio('stall', '10'), undefined);
    assert.equal(partOfPrinted(177, '680'), '0.26');
    assert.equal(partOfPrinted(177, '>3600'), '<0.05');
    assert.equal(partOfPrinted(177, 'stall'), undefined);
    assert.equal(partOfPrinted(NaN, '680'), undefined);
  });
});
