/** What is said of mechanisms that an intermittent line harms. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Outcome } from '../../../src/evaluate/experiment.ts';
import {
  receivedUntilStalled,
  requestsTakeTheFirst,
  worseThanOneLine,
} from '../../../src/evaluate/experiments/intermittent-remarks.ts';
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

describe('worse than the line that stays', () => {
  test('is what takes longer than that needs alone', () => {
    const rows = [row('good', 5, 12), row('slow', 5, 12.1)];
    const [text = ''] = worseThanOneLine(rows, [1], 12);
    assert.match(text, /: slow\./);
  });
});

describe('what had come of a download that stalled', () => {
  test('is told of each, as a part', () => {
    assert.deepEqual(receivedUntilStalled([row('good', 5, 9), row('still', 5, null)], [1], 20), [
      'What had come of downloads that stalled: still at 1 s 5 %.',
    ]);
    assert.deepEqual(receivedUntilStalled([row('good', 5, 9)], [1], 20), []);
  });
});

describe('requests take the first line', () => {
  const rows = [row('both', 5, 9)];

  test('where their number is one round trip of it, and the paper’s is far more', () => {
    assert.match(requestsTakeTheFirst(rows, 1000, 19.3)[0] ?? '', /1000 ms .* \(19\.3\)/);
  });

  test('is not said where it is another line, nor where the paper’s did so too', () => {
    assert.deepEqual(requestsTakeTheFirst(rows, 500, 19.3), []);
    assert.deepEqual(requestsTakeTheFirst(rows, 1000, 1.2), []);
    assert.deepEqual(requestsTakeTheFirst([], 1000, 19.3), []);
  });
});
