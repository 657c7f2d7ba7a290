/** Figure 6: each protocol is held against what its own headers leave of the lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Outcomes } from '../../../src/evaluate/experiment.ts';
import { figure6 } from '../../../src/evaluate/experiments/figure-6.ts';
import { fairness } from '../../../src/evaluate/instruments/fairness.ts';

/** Mb/s of TCP and of MPTCP that each fill five lines of 200 Mb/s, for every kind. */
const FULL: Outcomes = {
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
