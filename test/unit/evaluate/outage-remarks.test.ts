/** What is said of differences from the paper, and of curves, from made-up figures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { MeasuredCell, Outcome } from '../../../src/evaluate/experiment.ts';
import { metricCell } from '../../../src/evaluate/experiments/outage-cells.ts';
import { differenceRemarks } from '../../../src/evaluate/experiments/outage-remarks.ts';
import type { Compared } from '../../../src/evaluate/experiments/outage-remarks.ts';
import { lateFailureText, lateRecoveryText } from '../../../src/evaluate/experiments/dips.ts';
import { trendRemarks, trendsText } from '../../../src/evaluate/experiments/sweep-trends.ts';
import type { Curve } from '../../../src/evaluate/experiments/sweep-trends.ts';
import { priceRemarks } from '../../../src/evaluate/experiments/tried-remarks.ts';
import type { OutageResult } from '../../../src/evaluate/instruments/outage.ts';

const cell = (values: readonly number[], more: Partial<MeasuredCell> = {}): MeasuredCell => ({
  ...{ values, stalled: 0, failed: 0, digits: 3 },
  ...more,
});

const run = (more: Partial<OutageResult> = {}): OutageResult => ({
  ...{ throughputFailure: 0, throughputRecovery: 0, latencyFailure: 0, latencyRecovery: 0 },
  ...{ lostBytes: 9000, method: 'losses', longestPauseMs: 1, messageDelayMs: null },
  ...{ reinjectedBytes: 0, retransmittedBytes: 0, needlessSegments: 0, staleSubflows: 0 },
  ...{ rates: [], healedAt: 4, goodput: { before: 180, during: 80 } },
  ...more,
});

const one = (more: Partial<Compared>): Compared => ({
  ...{ title: 'a', metric: 'throughputRecovery', kind: 'moves', bfd: 100, far: false, runs: [] },
  cell: cell([]),
  ...more,
});

describe('remarks about differences from the paper', () => {
  const remarks = (...compared: readonly Compared[]): readonly string[] =>
    differenceRemarks(compared, 'quick');

  test('name who differs, each once, with figures and runs, and why', () => {
    const resting = one({
      ...{ title: 'WaMPTCP', kind: 'rests', bfd: 0, cell: cell([2, 3], { paper: '6.86' }) },
    });
    const [remark = '', ...others] = remarks(resting, resting);
    assert.match(
      remark,
      /^T-throughput-recovery is shorter than the paper’s for WaMPTCP \(2\.50 for 6\.86, 2 runs\)\. /,
    );
    assert.match(remark, /Without Fast Recovery .* The outage here is 4 s, the paper’s 10 s\.$/);
    assert.deepEqual(others, []);
  });

  test('with Fast Recovery tell how many runs were prompt, and give no reason', () => {
    const [remark = ''] = remarks(one({ cell: cell([3, 0.1, 4], { paper: '0.44' }) }));
    assert.match(
      remark,
      /1 of 3 runs took at most 0\.2 s, the others 3\.00 to 4\.00 s; .* not traced/,
    );
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
      assert.deepEqual(remarks(one({ cell: found })), []);
    }
  });

  test('take what was not reached for longer', () => {
    const found = cell([], { paper: '0.44', notReached: 2, withinSeconds: 10 });
    assert.match(remarks(one({ cell: found })).join('|'), /not within 10 s for 0\.44[^|]*$/);
  });

  test('speak of stale subflows only where the kernel counted one', () => {
    const late = (more: Partial<OutageResult>): string =>
      remarks(
        one({
          ...{ metric: 'throughputFailure', cell: cell([1.7], { paper: '0' }) },
          runs: [run({ throughputFailure: 1700, ...more })],
        }),
      ).join();
    const gaveUp = late({ staleSubflows: 1, reinjectedBytes: 6e6 });
    assert.match(
      gaveUp,
      /In 1 of 1 of these runs .* sent 6\.0 MB again, which takes the line 0\.6 s/,
    );
    assert.match(late({}), /No subflow was given up as stale/);
    assert.doesNotMatch(late({}), /Linux/);
  });

  test('do not credit Fast Recovery with what had arrived before detection', () => {
    const latency = (seconds: number, bfd: number): string =>
      remarks(
        one({
          bfd,
          metric: 'latencyFailure',
          cell: cell([seconds], { paper: '0.32' }),
          runs: [run()],
        }),
      ).join();
    assert.match(latency(0.6, 1000), /MPTCP itself sent it again/);
    assert.match(latency(0.6, 100), /\(9 kB\) is sent again by slow start/);
  });
});

test('the price of a shorter T-latency is told beside it', () => {
  const base = { words: 'as it is', latency: cell([0.4]), recovery: cell([0.1]) };
  const bbr = { words: 'bbr', latency: cell([0.08]), recovery: cell([6]) };
  const same = { words: 'c', latency: cell([0.5]), recovery: cell([0.1]) };
  const [remark = ''] = priceRemarks([base, bbr, same]);
  assert.match(
    remark,
    /with: bbr \(0\.08; 6\.00; one run\); beside as it is \(0\.40; 0\.10; one run\)/,
  );
  assert.match(priceRemarks([base, same])[0] ?? '', /Nothing that was tried/);
  assert.deepEqual(priceRemarks([{ ...base, latency: cell([]) }, bbr]), []);
});

test('what a capture shows of later than was watched was not reached', () => {
  const found = metricCell(
    [{ kind: 'measured', value: run({ throughputRecovery: 10_110 }) }],
    'throughputRecovery',
    { watched: { outage: 10, after: 10 } },
  );
  assert.deepEqual([found.values, found.notReached, found.withinSeconds], [[], 1, 10]);
});

describe('curves', () => {
  const curve = (title: string, ...cells: readonly MeasuredCell[]): Curve => ({ title, cells });

  test('grow, fall and stay; one without an end is not named, what was not reached is the greatest', () => {
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

  test('have no trend if they turn, or if runs spread as far as their ends', () => {
    assert.equal(
      trendsText([
        curve('a', cell([6]), cell([8]), cell([2])),
        curve('b', cell([1, 3]), cell([2, 5])),
        curve('c', cell([0]), cell([5]), cell([0])),
      ]),
      'has no trend for a, b, c',
    );
  });

  test('say that runs are single ones, and where the paper says otherwise', () => {
    const grows = { ...curve('a', cell([2]), cell([1])), expected: 'grows' } as const;
    const [remark = ''] = trendRemarks('From 1 to 2', [grows]);
    assert.match(
      remark,
      /^From 1 to 2 falls for a \(single runs: .*\)\. The paper says otherwise of a; why/,
    );
    assert.match(trendRemarks('x', [curve('a', cell([2, 2]), cell([1]))]).join(), /falls for a\.$/);
  });
});

describe('of a recovery that took long', () => {
  /** Healed after 4 s; each line had 90 Mb/s, and what it carries from then on is given. */
  const recovered = (
    throughputRecovery: number | null,
    ...after: readonly (readonly [number, number])[]
  ): Outcome<OutageResult> => {
    const lines = [[90, 90], [90, 90], ...after] as const;
    const at = (index: number): number => (index < 2 ? index - 2 : 4 + (index - 1) / 10);
    const rates = lines.map((each, index) => ({ at: at(index), lines: [...each] }));
    return { kind: 'measured', value: run({ throughputRecovery, rates }) };
  };

  test('is told whether both lines were full before, and fell short together', () => {
    const text = lateRecoveryText([
      recovered(100, [90, 90]),
      recovered(400, [20, 90], [90, 90], [80, 70], [99, 99]),
      recovered(400, [20, 90], [90, 90], [90, 20], [90, 90]),
      recovered(null, [20, 90], [20, 90]),
    ]);
    assert.match(
      text,
      /^ In 2 of the 3 others both lines carried 90 % .* in 1 of these the lowest/,
    );
  });

  test('is said that nothing is known, if they were not', () => {
    assert.match(lateRecoveryText([recovered(900, [20, 90])]), /was not traced/);
    assert.equal(lateRecoveryText([recovered(100, [90, 90])]), '');
  });
});

describe('of throughput that failed for long with Fast Recovery', () => {
  /** The first line is gone; the other had 90 Mb/s, and what it carries from then on is given. */
  const failed = (
    throughputFailure: number | null,
    after: readonly number[],
    more: Partial<OutageResult> = {},
  ): Outcome<OutageResult> => {
    const before = [-2, -1].map((at) => ({ at, lines: [90, 90] }));
    const during = after.map((rate, index) => ({ at: (index + 1) / 10, lines: [0, rate] }));
    const rates = [...before, ...during];
    return { kind: 'measured', value: run({ throughputFailure, rates, ...more }) };
  };

  test('is told whether the other line was full before, and fell short later', () => {
    const text = lateFailureText([
      failed(0, [90]),
      failed(400, [90, 90, 70, 90, 90]),
      failed(400, [90, 90, 90, 90, 90]),
      failed(400, [90, 90, 70, 90, 90], { staleSubflows: 1 }),
      failed(null, [20, 20, 20]),
    ]);
    assert.match(text, /^ In 1 of the 4 others the line that was left carried 90 %/);
  });

  test('is said that nothing is known, if it was not', () => {
    assert.match(lateFailureText([failed(900, [90, 90])]), /was not traced/);
    assert.equal(lateFailureText([failed(0, [90])]), '');
  });
});
