/** Since when a line has its faults, and what `measure` is told of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { afterFault } from '../../../../src/lab/fault/active-faults.ts';
import type { Fault } from '../../../../src/lab/fault/fault.ts';
import { changeOf, measuredOutage } from '../../../../src/lab/fault/fault-times.ts';
import type { RecordedFault } from '../../../../src/lab/fault/fault-times.ts';

/** What `measure` is told after each of these, at 10, 20, 30 … */
function told(...faults: readonly (readonly [Fault, string | null])[]): readonly unknown[] {
  let recorded: readonly RecordedFault[] = [];
  return faults.map(([fault, scope], index) => {
    const at = 10 * (index + 1);
    const change = changeOf(recorded, afterFault(recorded, fault, scope), at);
    ({ recorded } = change);
    return measuredOutage(change, at);
  });
}

const DOWN = { kind: 'down' } as const;
const UP = { kind: 'up' } as const;

test('a cut begins an outage, and healing it tells both ends', () => {
  assert.deepEqual(told([DOWN, null], [UP, null]), [{ outage: 10 }, { outage: 10, heal: 20 }]);
});

test('a line that is healthy, or cut already, has nothing new to tell', () => {
  assert.deepEqual(told([UP, null], [DOWN, null], [DOWN, null], [UP, null]), [
    {},
    { outage: 20 },
    {},
    { outage: 20, heal: 40 },
  ]);
});

test('of several faults that end together the first one counts', () => {
  const loss = { kind: 'loss', part: 0.5 } as const;
  const steps = told([loss, null], [DOWN, 'branch.fibre'], [UP, null]);
  assert.deepEqual(steps, [{ outage: 10 }, { outage: 20 }, { outage: 10, heal: 30 }]);
});

test('another loss begins a new outage, no loss ends it', () => {
  const loss = (part: number): readonly [Fault, null] => [{ kind: 'loss', part }, null];
  assert.deepEqual(told(loss(0.5), loss(0.7), loss(0)), [
    { outage: 10 },
    { outage: 20 },
    { outage: 20, heal: 30 },
  ]);
});

test('a record of an older version has no beginning', () => {
  const before: readonly RecordedFault[] = [{ kind: 'down', scope: null }];
  const change = changeOf(before, [], 50);
  assert.deepEqual(measuredOutage(change, 50), { heal: 50 });
});
