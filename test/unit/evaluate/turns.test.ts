/** What has the machine for itself, and what shares it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { task } from '../../../src/evaluate/experiment.ts';
import { planMeasurements } from '../../../src/evaluate/run-plan.ts';
import { turnsOf } from '../../../src/evaluate/turns.ts';
import {
  intermittent,
  intermittentParameters,
} from '../../../src/evaluate/instruments/intermittent.ts';
import { fakeExperiment, fakeInstrument } from './fake.ts';

describe('turns', () => {
  const [alone, pair] = [1, 2].map((width) =>
    fakeInstrument(() => Promise.resolve(1), { name: `width-${width}`, width }),
  );
  assert.ok(alone !== undefined && pair !== undefined);

  test('keep the order, and nothing shares the machine with what wants it alone', () => {
    const plan = planMeasurements(
      [
        fakeExperiment('one', [
          task(pair, { mechanism: 'a' }, 2),
          task(pair, { mechanism: 'b' }, 2),
          task(alone, { mechanism: 'c' }, 2),
          task(alone, { mechanism: 'd' }, 2),
        ]),
      ],
      { scale: 'full' },
    );
    const turns = turnsOf(plan);
    assert.deepEqual(
      turns.map(({ width, measurements }) => [width, measurements.length]),
      [
        [2, 2],
        [1, 2],
        [2, 2],
        [1, 2],
      ],
    );
    assert.deepEqual(
      turns.flatMap(({ measurements }) => measurements),
      plan,
    );
  });

  test('are shared by what fills slow lines only', () => {
    const asked = { mechanism: 'wamptcp', period: 1, bytes: 1e6, seconds: 4 } as const;
    const widthAt = (firstRate: number, secondRate: number): number | undefined =>
      intermittent.sideBySide?.(intermittentParameters({ ...asked, firstRate, secondRate }));
    assert.equal(widthAt(3.6, 1.9), 4);
    assert.equal(widthAt(100, 100), 1);
    assert.equal(widthAt(1.9, 100), 1);
  });
});
