/** What is said of mechanisms that an intermittent line harms. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Outcome } from '../../../src/evaluate/experiment.ts';
import { worseThanOneLine } from '../../../src/evaluate/experiments/intermittent-remarks.ts';
import type { Row } from '../../../src/evaluate/experiments/intermittent-remarks.ts';
import type { IntermittentResult } from '../../../src/evaluate/instruments/intermittent.ts';

function row(title: string, usual: number, flapping: number | null): Row {
  const took = (downloadSeconds: number | null): Outcome<IntermittentResult> => ({
    kind: 'measured',
    value: {
      ...{ downloadSeconds, bytes: 1, cuts: 1 },
      ...{ transactionsPerSecond: 1, usualPerSecond: 1, longestMs: 1 },
    },
  });
  return { title, found: (period) => [took(period === 0 ? usual : flapping)] };
}

describe('worse than the backup alone', () => {
  test('is what takes more than twice its time over both lines, or for ever', () => {
    const [text = ''] = worseThanOneLine(
      [row('good', 5, 10), row('slow', 5, 10.1), row('still', 5, null)],
      [1],
    );
    assert.match(text, /: slow, still\./);
  });

  test('is not said of anybody without figures', () => {
    assert.deepEqual(worseThanOneLine([row('good', 5, 9)], [1]), []);
    assert.deepEqual(worseThanOneLine([{ title: 'none', found: () => [] }], [1]), []);
  });
});
