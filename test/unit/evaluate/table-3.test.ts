/** Table III: what a control gave, and what is said where hosts may not use it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Outcome, Outcomes, ResultCell, Scale } from '../../../src/evaluate/experiment.ts';
import { oneText } from '../../../src/evaluate/report/cell-text.ts';
import { table3 } from '../../../src/evaluate/experiments/table-3.ts';

const MEASURED = {
  ...{ throughputFailure: 0, throughputRecovery: 110, latencyFailure: 420, latencyRecovery: 0 },
  ...{ lostBytes: 9, method: 'losses', longestPauseMs: 1, messageDelayMs: null },
  ...{ reinjectedBytes: 0, retransmittedBytes: 0, needlessSegments: 0, staleSubflows: 0 },
  ...{ rates: [], healedAt: 4 },
  goodput: { before: 181.25, during: 90 },
};

/** Cubic ends as given, all others were measured. */
function outcomes(cubic: Outcome<unknown>): Outcomes {
  return {
    processors: 2,
    of: ({ result }, parameters) => [
      parameters['control'] !== 'cubic' && parameters['control'] !== undefined
        ? { kind: 'measured', value: result.parse(MEASURED) }
        : (cubic as Outcome<never>),
    ],
  };
}

function row(cubic: Outcome<unknown>, control: string, scale: Scale): readonly ResultCell[] {
  const [table] = table3.present(outcomes(cubic), scale).tables;
  return table?.rows.find(([name]) => name === control) ?? [];
}

const refused = { kind: 'unavailable', reason: 'no host may use cubic here' } as const;

describe('Table III', () => {
  test('shows seconds and Mb/s before the cut', () => {
    const values = row(refused, 'reno', 'quick')
      .slice(2, 5)
      .map((one) => (typeof one === 'string' ? one : one.values));
    assert.deepEqual(values, [[0.42], [0.11], [181.25]]);
  });

  test("has the paper's figures only beside its own BFD interval", () => {
    const papers = (scale: Scale): readonly (string | undefined)[] =>
      row(refused, 'reno', scale)
        .slice(2, 5)
        .map((one) => (typeof one === 'string' ? one : one.paper));
    assert.deepEqual(papers('full'), ['0.41', '1.65', '179']);
    assert.deepEqual(papers('quick'), [undefined, undefined, undefined]);
  });

  test('has rows of what only the paper measured where its figures are shown', () => {
    assert.deepEqual(row(refused, 'olia', 'quick'), []);
    const words = row(refused, 'olia', 'full').slice(0, 5).map(oneText);
    assert.deepEqual(words, ['olia', '1', '– · paper 0.38', '– · paper 1.10', '– · paper 179']);
  });

  test('a control that hosts may not use is not here, and the reason is told', () => {
    const words = row(refused, 'cubic', 'quick').slice(2, 5).map(oneText);
    assert.deepEqual(words, ['not here', 'not here', 'not here']);
    assert.match(table3.present(outcomes(refused), 'quick').remarks.join(), /may not use cubic:/);
  });

  test('runs without a choice count as those of cubic, and how far they are apart is told', () => {
    const slow = { kind: 'measured', value: { ...MEASURED, throughputRecovery: 1830 } } as const;
    const [, , , recovery] = row(slow, 'cubic', 'quick');
    assert.ok(typeof recovery === 'object');
    assert.deepEqual(recovery.values, [1.83, 0.11]);
    assert.match(
      table3.present(outcomes(slow), 'quick').remarks.join(),
      /between runs of the same: cubic at RTT 1 ms \(1\.83 s, 0\.11 s\)/,
    );
  });

  test('what failed otherwise, or stalled, stays that', () => {
    for (const [outcome, kind] of [
      [{ kind: 'failed', message: 'it broke' }, 'failed'],
      [{ kind: 'stalled', afterSeconds: 60 }, 'stalled'],
    ] as const) {
      const [, , latency] = row(outcome, 'cubic', 'quick');
      assert.ok(typeof latency === 'object' && latency[kind] === 1);
      assert.doesNotMatch(table3.present(outcomes(outcome), 'quick').remarks.join(), /may not use/);
    }
  });
});
