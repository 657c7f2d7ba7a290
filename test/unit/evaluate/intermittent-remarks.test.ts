/** What is said of mechanisms that an intermittent line harms. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Outcome } from '../../../src/evaluate/experiment.ts';
import {
  receivedUntilStalled,
  worseThanOneLine,
} from '../../../src/evaluate/experiments/intermittent-remarks.ts';
import type { Row } from '../../../src/evaluate/experiments/intermittent-remarks.ts';
import {
  harmedTransactions,
  missedTransactions,
  requestsTakeTheFirst,
  sharedProcessors,
  tunnelAnswers,
} from '../../../src/evaluate/experiments/transaction-remarks.ts';
import type { IntermittentResult } from '../../../src/evaluate/instruments/intermittent.ts';

/** So many transactions a second for 100 right before, with so long a wait. */
function answering(title: string, perSecond: number, longestMs: number, usualPerSecond = 100): Row {
  const outcome: Outcome<IntermittentResult> = {
    kind: 'measured',
    value: {
      ...{ downloadSeconds: 1, bytes: 1, cuts: 1 },
      ...{ transactionsPerSecond: perSecond, usualPerSecond, longestMs },
    },
  };
  return { title, found: () => [outcome] };
}

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
      { paper: 'In the paper none.' },
    );
    assert.match(text, /: slow, still\. In the paper none\. /);
  });

  test('is not said of anybody without figures', () => {
    assert.deepEqual(worseThanOneLine([row('good', 5, 9)], [1], { paper: '' }), []);
    assert.deepEqual(
      worseThanOneLine([{ title: 'none', found: () => [] }], [1], { paper: '' }),
      [],
    );
  });
});

describe('worse than the line that stays', () => {
  test('is what takes longer than that needs alone', () => {
    const rows = [row('good', 5, 12), row('slow', 5, 12.1)];
    const [text = ''] = worseThanOneLine(rows, [1], { alone: 12, paper: '' });
    assert.match(text, /: slow\./);
  });
});

describe('what had come of a download that stalled', () => {
  test('is told of each, as a part', () => {
    assert.deepEqual(receivedUntilStalled([row('good', 5, 9), row('still', 5, null)], [1], 20), [
      'Downloads that were not waited for, and what had come of them when they were ended: still at 1 s 5 %.',
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

describe('fewer transactions than round trips', () => {
  test('are told of lines of which one measurement by itself is known', () => {
    const rows = [answering('several', 17.4, 60, 17.4)];
    assert.match(
      sharedProcessors(rows, 51)[0] ?? '',
      /allows 19\.6 .* it is 17\.4, .* had 19\.2\./,
    );
    assert.deepEqual(sharedProcessors(rows, 52), []);
    assert.deepEqual(sharedProcessors([answering('alone', 19.2, 60, 19.2)], 51), []);
  });
});

describe('transactions', () => {
  test('below nine tenths are named, with their part', () => {
    const rows = [answering('good', 90, 1), answering('bad', 89, 1)];
    assert.match(harmedTransactions(rows, [1])[0] ?? '', /: bad at 1 s \(0\.89\)\./);
    assert.deepEqual(harmedTransactions([answering('good', 90, 1)], [1]), []);
  });

  test('of the tunnel go on so far', () => {
    const [text = ''] = tunnelAnswers(answering('tunnel', 70, 1).found, [1, 2]);
    assert.match(text, /0\.70 at the least and 0\.70 at the most/);
    assert.deepEqual(
      tunnelAnswers(() => [], [1]),
      [],
    );
  });

  test('that were promised and missed cost their wait once in two periods', () => {
    const promised = answering('ours', 97, 40);
    const [text = ''] = missedTransactions([promised], [1, 4], 0.98, [promised]);
    assert.match(text, /ours at 1 s has 97\.0 %; .* 40 ms once in two periods, is worth 2\.0 %/);
    assert.match(text, /ours at 4 s has 97\.0 %; .* is worth 0\.5 %/);
    assert.match(text, /97\.0 % to 97\.0 % \(all/);
    assert.deepEqual(missedTransactions([answering('ours', 98, 40)], [1], 0.98, []), []);
  });
});
