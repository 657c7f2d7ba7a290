import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { task } from '../../../src/evaluate/experiment.ts';
import { idOf, measurementKey } from '../../../src/evaluate/measurement.ts';
import { Pace } from '../../../src/evaluate/pace.ts';
import { missing, planMeasurements, timeLimit } from '../../../src/evaluate/run-plan.ts';
import { fakeExperiment, fakeInstrument } from './fake.ts';

const instrument = fakeInstrument(() => Promise.resolve(1));
const wanted = (mechanism: string, repetitions: number) =>
  task(instrument, { mechanism }, repetitions);

const anyTasks = fc.array(
  fc.record({
    mechanism: fc.constantFrom('a', 'b', 'c', 'd'),
    repetitions: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 8 },
);
const experimentsOf = (lists: readonly (readonly { mechanism: string; repetitions: number }[])[]) =>
  lists.map((tasks, index) =>
    fakeExperiment(
      `e${index}`,
      tasks.map(({ mechanism, repetitions }) => wanted(mechanism, repetitions)),
    ),
  );

describe('a plan', () => {
  test('lets mechanisms take turns', () => {
    const experiment = fakeExperiment('one', [wanted('a', 2), wanted('b', 3)]);
    const plan = planMeasurements([experiment], { scale: 'full' });
    assert.deepEqual(
      plan.map(({ parameters, repetition }) => `${parameters['mechanism']}${repetition}`),
      ['a0', 'b0', 'a1', 'b1', 'b2'],
    );
  });

  test('measures once what two experiments want, as often as the one that wants it more often', () => {
    const one = fakeExperiment('one', [wanted('a', 1)]);
    const other = fakeExperiment('other', [wanted('a', 2)]);
    const plan = planMeasurements([one, other], { scale: 'full' });
    assert.equal(plan.length, 2);
    assert.deepEqual(plan[0]?.experiments, ['one', 'other']);
  });

  test('takes the repetitions that it is told instead', () => {
    const plan = planMeasurements([fakeExperiment('one', [wanted('a', 5), wanted('b', 1)])], {
      scale: 'full',
      repetitions: 2,
    });
    assert.equal(plan.length, 4);
  });

  test('has everything that is wanted, nothing twice, and rounds in their order', () => {
    fc.assert(
      fc.property(fc.array(anyTasks, { maxLength: 4 }), (lists) => {
        const plan = planMeasurements(experimentsOf(lists), { scale: 'quick' });
        const ids = plan.map(idOf);
        assert.equal(new Set(ids).size, ids.length);
        for (const { mechanism, repetitions } of lists.flat()) {
          const made = plan.filter(({ parameters }) => parameters['mechanism'] === mechanism);
          assert.ok(made.length >= repetitions);
        }
        const rounds = plan.map(({ repetition }) => repetition);
        assert.deepEqual(rounds, rounds.toSorted());
      }),
    );
  });

  test('is empty when all of it is there, and whole when nothing is', () => {
    fc.assert(
      fc.property(anyTasks, (tasks) => {
        const plan = planMeasurements(experimentsOf([tasks]), { scale: 'quick' });
        assert.deepEqual(missing(plan, new Set(plan.map(idOf))), []);
        assert.deepEqual(missing(plan, new Set()), plan);
      }),
    );
  });
});

describe('a key', () => {
  const parameters = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    { noNullPrototype: true },
  );

  test('does not depend on the order of the parameters', () => {
    fc.assert(
      fc.property(parameters, (one) => {
        const turned = Object.fromEntries(Object.entries(one).toReversed());
        assert.equal(measurementKey('fake', one), measurementKey('fake', turned));
      }),
    );
  });

  test('tells a number from its digits, and is fit for a file name', () => {
    assert.notEqual(measurementKey('fake', { a: 1 }), measurementKey('fake', { a: '1' }));
    fc.assert(
      fc.property(parameters, (one) => {
        assert.match(measurementKey('fake', one), /^fake\/[\w=,.-]{10,140}$/);
      }),
    );
  });

  test('reads as what was measured', () => {
    assert.match(
      measurementKey('transfer', { mechanism: 'wamptcp-fr', bfd: 100 }),
      /^transfer\/bfd=100,mechanism=wamptcp-fr-[0-9a-f]{10}$/,
    );
  });

  test('is refused to what JSON cannot keep', () => {
    assert.throws(() => measurementKey('fake', { a: NaN }), /parameter a of fake is NaN/);
  });
});

describe('the time that is left', () => {
  const plan = planMeasurements([fakeExperiment('one', [wanted('a', 2), wanted('b', 2)])], {
    scale: 'full',
  });
  const [a0, b0, a1, b1] = plan;

  test('is what instruments say, before anything was measured', () => {
    assert.equal(new Pace().left(plan), 40);
  });

  test('is, for what was measured before, what that took, and in proportion for the rest', () => {
    const pace = new Pace();
    pace.took(a0!, 20);
    assert.deepEqual([pace.expects(a1!), pace.expects(b0!)], [20, 20]);
    pace.took(b0!, 5);
    assert.deepEqual([pace.expects(a1!), pace.expects(b1!)], [20, 5]);
  });

  test('never makes a limit shorter than the estimate', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e5, noNaN: true }), (estimate) => {
        assert.ok(timeLimit(estimate) >= estimate + 60);
      }),
    );
  });
});
