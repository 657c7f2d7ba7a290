/**
 * All experiments: their names, what they ask for, and that they can show whatever comes back, also
 * nothing.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { z } from 'zod';

import { renderSvg } from '../../../src/chart/svg.ts';
import { chooseExperiments } from '../../../src/evaluate/choose.ts';
import { planEvaluation } from '../../../src/evaluate/evaluation.ts';
import type { Outcome, Outcomes, Presentation } from '../../../src/evaluate/experiment.ts';
import { EXPERIMENTS } from '../../../src/evaluate/experiments.ts';
import { measurementKey } from '../../../src/evaluate/measurement.ts';

/** Of the whole project, at the quick scale. */
const QUICK_MINUTES = 40;
const SCALES = ['quick', 'full'] as const;
const names = EXPERIMENTS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);

/** The same outcome for whatever is asked for; a value is made up after the instrument's own schema. */
function everything(kind: Outcome<unknown>['kind']): Outcomes {
  return {
    processors: 2,
    of: (instrument) => {
      if (kind === 'stalled') return [{ kind, afterSeconds: 60 }];
      if (kind === 'failed') return [{ kind, message: 'it broke' }];
      if (kind === 'unavailable') return [{ kind, reason: 'it lacks something' }];
      return [{ kind, value: instrument.result.parse(madeUp(instrument.result)) }];
    },
  };
}

/** One value of a schema, by its JSON form. */
function madeUp(schema: z.ZodType): unknown {
  return valueOf(z.toJSONSchema(schema));
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
}

function valueOf(given: unknown): unknown {
  const { type, properties = {}, items, anyOf, enum: choices } = given as JsonSchema;
  if (choices !== undefined) return choices[0];
  if (anyOf !== undefined) return valueOf(anyOf[0]);
  if (type === 'object') {
    return Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, valueOf(one)]));
  }
  if (type === 'array') return [valueOf(items), valueOf(items)];
  if (type === 'string') return 'word';
  return type === 'boolean' ? true : 7;
}

const NOTHING: Outcomes = { processors: 2, of: () => [] };

describe('experiments', () => {
  test('have names of their own, fit for a command line', () => {
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z]+-[a-z0-9]+$/);
  });

  test('take less than 40 minutes together at the quick scale', () => {
    const { estimate } = planEvaluation(EXPERIMENTS, [], { scale: 'quick', fresh: true });
    assert.ok(estimate < QUICK_MINUTES * 60, `${estimate / 60} minutes`);
  });

  for (const experiment of EXPERIMENTS) {
    for (const scale of SCALES) {
      test(`${experiment.name}, ${scale}, asks for what can be kept`, () => {
        const tasks = experiment.tasks(scale);
        assert.ok(tasks.length > 0);
        for (const { instrument, parameters, repetitions } of tasks) {
          assert.match(measurementKey(instrument.name, parameters), /^[a-z-]+\/.+/);
          assert.ok(repetitions >= 1 && instrument.estimate(parameters) > 0);
        }
      });

      for (const [what, outcomes] of [
        ['nothing', NOTHING],
        ['figures', everything('measured')],
        ['what stalled', everything('stalled')],
        ['what failed', everything('failed')],
        ['what is not possible here', everything('unavailable')],
      ] as const) {
        test(`${experiment.name}, ${scale}, shows ${what}`, () => {
          assertShown(experiment.present(outcomes, scale), what);
        });
      }
    }
  }
});

function assertShown({ tables, charts, targets, method }: Presentation, what: string): void {
  assert.notEqual(method, '');
  for (const { columns, rows } of tables) {
    assert.ok(rows.length > 0);
    for (const row of rows) assert.equal(row.length, columns.length);
  }
  for (const { option, size } of charts)
    assert.match(renderSvg(option, { size, label: '' }), /^<svg /);
  if (what === 'figures') return;
  // Nothing was met, or missed, by what was not measured; to stand still is a finding.
  for (const { met } of targets) assert.ok(met === undefined || (what === 'what stalled' && !met));
}

describe('choosing experiments', () => {
  const chosen = (...words: readonly string[]): readonly string[] | string => {
    const result = chooseExperiments(words, EXPERIMENTS);
    return result.ok ? result.value.map(({ name }) => name) : (result.error.meant ?? '?');
  };

  test('by name, by another name, by kind, all', () => {
    assert.deepEqual(chosen('table-2', 'table-1', 'table-2'), ['table-1', 'table-2']);
    assert.deepEqual(chosen('figure-12'), ['figure-11']);
    assert.equal(chosen('all').length, EXPERIMENTS.length);
    assert.deepEqual(
      chosen('table'),
      EXPERIMENTS.map(({ name }) => name).filter((name) => name.startsWith('table-')),
    );
  });

  test('a slip is told', () => assert.equal(chosen('tabel-2'), 'table-2'));
});
