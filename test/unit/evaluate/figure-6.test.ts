/** Figure 6: each protocol is held against what its own headers leave of the lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Outcomes } from '../../../src/evaluate/experiment.ts';
import { interval, shareRemarks } from '../../../src/evaluate/experiments/figure-6-remarks.ts';
import { figure6 } from '../../../src/evaluate/experiments/figure-6.ts';
import { fairness } from '../../../src/evaluate/instruments/fairness.ts';

/** Mb/s of TCP and of MPTCP that each fill five lines of 200 Mb/s, for every kind. */
const FULL: Outcomes = {
  processors: 2,
  of: (instrument) => [
    {
      kind: 'measured',
      value: instrument.result.parse(
        fairness.result.parse({
          batches: [
            [
              { protocol: 'tcp', mbps: (1000 * 1398) / 1514 },
              { protocol: 'mptcp', mbps: (1000 * 1370) / 1514 },
            ],
          ],
        }),
      ),
    },
  ],
};

test('full lines are 100 % for TCP and for MPTCP, each by itself', () => {
  const rows = figure6.present(FULL, 'quick').tables[0]?.rows ?? [];
  const found = rows.map((row) =>
    row.slice(-1).map((one) => {
      if (typeof one === 'string') return one;
      return one.values.map((value) => Math.round(value));
    }),
  );
  assert.deepEqual(found, [[[100]], [[100]], [[100]], [[100]]]);
});

test('what differs from the paper is said without a cause, and only where it differs', () => {
  const together = { tcp: 0.19, mptcp: 0.79, batches: 5 };
  const asked = { found: { ofLines: 0.44, ofAll: 0.4 }, nearlyAll: 0.9 };
  const remarks = shareRemarks({ tcp: [0.5, 1.3], mptcp: [0.9, 1], together }, asked);
  assert.equal(remarks.length, 3);
  assert.match(remarks[0] ?? '', /is not known/);
  assert.match(remarks[1] ?? '', /the most is 1\.30 times\. Of 2 sessions/);
  assert.match(
    remarks[2] ?? '',
    /TCP had 1\.14 times .* MPTCP 0\.95 times .* in the paper 0\.83 and 1\.03/,
  );
  const alike = shareRemarks(
    { tcp: [3.1], mptcp: [1], together: { tcp: NaN, mptcp: NaN, batches: 0 } },
    { found: { ofLines: 1, ofAll: 1 }, nearlyAll: 0.9 },
  );
  assert.deepEqual(alike, []);
});

test('queues are the cause only where shorter ones helped', () => {
  const shares = { tcp: [], mptcp: [0.9, 1], together: { tcp: NaN, mptcp: NaN, batches: 0 } };
  const found = { ofLines: 0.44, ofAll: 0.4 };
  const remark = (ofAll: number): string => {
    const shortQueues = { ofLines: 0.7, ofAll, words: 'queues of 5 ms' };
    return shareRemarks(shares, { found, nearlyAll: 0.9, shortQueues }).join('\n');
  };
  assert.match(remark(0.98), /with queues of 5 ms 98 % of them .* for 40 %/);
  assert.match(remark(0.4), /is not known/);
});

test('a part of few is uncertain', () => {
  const [least, most] = interval(19 / 43, 43);
  assert.deepEqual([least.toFixed(2), most.toFixed(2)], ['0.30', '0.59']);
});
