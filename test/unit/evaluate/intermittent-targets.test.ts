/** When the targets of Tables IV and V are met. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Outcome } from '../../../src/evaluate/experiment.ts';
import {
  downloadTarget,
  transactionTarget,
} from '../../../src/evaluate/experiments/intermittent-targets.ts';
import type { IntermittentResult } from '../../../src/evaluate/instruments/intermittent.ts';

type Found = readonly Outcome<IntermittentResult>[];

const STALLED: Found[number] = { kind: 'stalled', afterSeconds: 60 };
const FAILED: Found[number] = { kind: 'failed', message: 'it broke' };

function took(downloadSeconds: number | null, transactionsPerSecond = 1000): Found[number] {
  return {
    kind: 'measured',
    value: {
      ...{ downloadSeconds, bytes: 1, cuts: 1 },
      ...{ transactionsPerSecond, usualPerSecond: 1000, longestMs: 1 },
    },
  };
}

/** Without outages a download takes 9.3 s: 0.3 s, then six beats of 2 s that do the work of 1.5 s each. */
const USUAL = took(9.3);
const IDEAL = 12.3;

const download = (usual: Found, flapping: Found): boolean | undefined =>
  downloadTarget('BFD', [1], (period) => (period === 0 ? usual : flapping)).met;
const transactions = (usual: Found, flapping: Found): boolean | undefined =>
  transactionTarget('BFD', [1], (period) => (period === 0 ? usual : flapping)).met;

describe('the target of Table IV', () => {
  test('is met within 5 % of what the beat left', () => {
    assert.equal(download([USUAL], [took(IDEAL / 0.951)]), true);
    assert.equal(download([USUAL], [took(IDEAL / 0.949)]), false);
  });

  test('is for the worst period', () => {
    const { met, measured } = downloadTarget('BFD', [1, 2], (period) => [
      [USUAL, took(IDEAL), took(2 * IDEAL)][period] ?? FAILED,
    ]);
    assert.equal(met, false);
    assert.match(measured, /worst/);
  });

  test('is missed where most runs stood still, in whatever way', () => {
    assert.equal(download([USUAL], [took(IDEAL), STALLED, took(null)]), false);
  });

  test('is missed where nothing came to its end even without outages, and not where one run did not', () => {
    assert.equal(download([took(null), STALLED], [took(IDEAL)]), false);
    assert.equal(download([took(null), USUAL], [took(IDEAL)]), true);
  });

  test('is open without a figure to compare', () => {
    for (const none of [[], [FAILED]]) {
      assert.equal(download([USUAL], none), undefined);
      assert.equal(download(none, [took(IDEAL)]), undefined);
    }
  });
});

describe('the target of Table V', () => {
  test('is met from 98 % of what there was right before', () => {
    assert.equal(transactions([USUAL], [took(1, 981)]), true);
    assert.equal(transactions([USUAL], [took(1, 979)]), false);
  });

  test('is missed by what stood still', () => {
    assert.equal(transactions([USUAL], [STALLED]), false);
  });
});
