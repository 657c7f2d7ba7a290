/** How outcomes are counted in a cell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { cell } from '../../../src/evaluate/cell.ts';
import type { Outcome } from '../../../src/evaluate/experiment.ts';
import { metricCell } from '../../../src/evaluate/experiments/outage-cells.ts';
import type { OutageResult } from '../../../src/evaluate/instruments/outage.ts';
import { oneText } from '../../../src/evaluate/report/cell-text.ts';

type Maybe = number | null;

const measured = (value: Maybe): Outcome<Maybe> => ({ kind: 'measured', value });
const figure = (value: Maybe): number | undefined => value ?? undefined;

describe('a cell', () => {
  const outcomes: readonly Outcome<Maybe>[] = [
    ...[measured(1), measured(null)],
    { kind: 'stalled', afterSeconds: 60 },
    { kind: 'failed', message: 'it broke' },
    { kind: 'unavailable', reason: 'it is not here' },
  ];
  const common = { values: [1], failed: 1, unavailable: 1, digits: 2 };

  test('counts each outcome once; what has no figure stalled', () => {
    assert.deepEqual(cell(outcomes, figure), { ...common, stalled: 2 });
  });

  test('of what was watched for a time counts what was not reached then by itself', () => {
    assert.deepEqual(cell(outcomes, figure, { watched: () => 5.9 }), {
      ...{ ...common, stalled: 1 },
      ...{ notReached: 1, withinSeconds: 6 },
    });
  });

  test('says nothing of how long where one of the times is not known', () => {
    const found = cell([measured(null), measured(null)], figure, { watched: () => undefined });
    assert.equal(oneText(found), 'not reached');
  });
});

describe('a metric of an outage that was not reached', () => {
  const value = {
    ...{ throughputFailure: null, throughputRecovery: null, latencyFailure: null },
    latencyRecovery: null,
  } as OutageResult;
  const watched = { outage: 4, after: 6 };

  for (const [metric, text] of [
    ['throughputFailure', 'not within 4 s'],
    ['latencyFailure', 'not within 10 s'],
    ['throughputRecovery', 'not within 6 s'],
    ['latencyRecovery', 'not within 6 s'],
  ] as const) {
    test(`${metric}: ${text}`, () => {
      assert.equal(oneText(metricCell([{ kind: 'measured', value }], metric, { watched })), text);
    });
  }
});
