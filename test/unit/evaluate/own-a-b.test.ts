/** What own experiments a and b conclude from made-up figures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Experiment, Outcome, Outcomes, Target } from '../../../src/evaluate/experiment.ts';
import { ownA } from '../../../src/evaluate/experiments/own-a.ts';
import { ownB } from '../../../src/evaluate/experiments/own-b.ts';
import type { DetectionResult } from '../../../src/evaluate/instruments/detection.ts';
import type {
  GatewayScaleParameters,
  GatewayScaleResult,
} from '../../../src/evaluate/instruments/gateway-scale.ts';
import { ofRuleset } from '../../../src/evaluate/instruments/gateway-state.ts';

type Measured = GatewayScaleResult | DetectionResult;

function outcomesOf(outcome: (parameters: unknown) => Outcome<Measured>): Outcomes {
  return {
    processors: 2,
    of: (instrument, parameters) => {
      const one = outcome(parameters);
      return [
        one.kind === 'measured' ? { ...one, value: instrument.result.parse(one.value) } : one,
      ];
    },
  };
}

function scaled(change: (hosts: number) => Partial<GatewayScaleResult>): Outcomes {
  const state = { rules: 20, routes: 40, nftables: 30, conntrack: 0, neighbours: 5 };
  return outcomesOf((parameters) => {
    const { hosts } = parameters as GatewayScaleParameters;
    const value = { state, repairsMs: [50, 52, 54], answered: hosts, ...change(hosts) };
    return { kind: 'measured', value };
  });
}

function metOf(experiment: Experiment, outcomes: Outcomes): readonly Target['met'][] {
  return experiment.present(outcomes, 'quick').targets.map(({ met }) => met);
}

describe('own experiment a', () => {
  test('is met where nothing depends on the number of hosts', () => {
    assert.deepEqual(
      metOf(
        ownA,
        scaled(() => ({})),
      ),
      [true, true],
    );
  });

  test('neighbours are no state of ours, tracked connections are', () => {
    const withMany = (key: 'neighbours' | 'conntrack'): Outcomes =>
      scaled((hosts) => ({
        state: {
          ...{ rules: 20, routes: 40, nftables: 30, conntrack: 0, neighbours: 5 },
          [key]: hosts,
        },
      }));
    assert.deepEqual(metOf(ownA, withMany('neighbours')), [true, true]);
    assert.deepEqual(metOf(ownA, withMany('conntrack')), [false, true]);
  });

  test('as many entries of other kinds are not the same state', () => {
    const others = scaled((hosts) => ({
      state: {
        ...{ rules: hosts > 1000 ? 21 : 20, routes: hosts > 1000 ? 39 : 40 },
        ...{ nftables: 30, conntrack: 0, neighbours: 5 },
      },
    }));
    assert.deepEqual(metOf(ownA, others), [false, true]);
  });

  test('a repair that many hosts slow down is a target missed', () => {
    const slower = scaled((hosts) => ({ repairsMs: hosts > 1000 ? [70, 70] : [50, 50] }));
    assert.deepEqual(metOf(ownA, slower), [true, false]);
  });

  test('a repair that many hosts prevent is a target missed', () => {
    const never = scaled((hosts) => ({ repairsMs: [hosts > 1000 ? null : 50] }));
    assert.deepEqual(metOf(ownA, never), [true, false]);
    const { targets } = ownA.present(never, 'quick');
    assert.equal(targets[1]?.measured, 'not repaired and 50.0 ms');
  });

  test('a line that was not repaired is shown as that', () => {
    const { tables } = ownA.present(
      scaled(() => ({ repairsMs: [50, null] })),
      'quick',
    );
    assert.deepEqual(tables[0]?.rows[0]?.at(-1), {
      ...{ values: [50], stalled: 0, failed: 0, notReached: 1, digits: 1 },
    });
  });
});

describe('own experiment b', () => {
  const saturated = (alarms: number, excused: number): Outcomes =>
    outcomesOf(() => ({
      kind: 'measured',
      value: { repairsMs: [50], saturated: { alarms, excused, stalls: 3, mbps: 380 } },
    }));

  test('only alarms while the machine ran count against us', () => {
    assert.deepEqual(metOf(ownB, saturated(0, 4)), [true]);
    assert.deepEqual(metOf(ownB, saturated(1, 0)), [false]);
  });

  test('what stalled decides nothing', () => {
    const stalled = outcomesOf(() => ({ kind: 'stalled', afterSeconds: 60 }));
    assert.deepEqual(metOf(ownB, stalled), [undefined]);
  });
});

test('rules of nftables and elements of all sets and maps are counted, tables and chains are not', () => {
  const ruleset = {
    nftables: [
      { metainfo: {} },
      { table: {} },
      { chain: {} },
      { rule: {} },
      { rule: { expr: [{ match: { right: { set: ['wt100', 'wt101'] } } }] } },
      { rule: { expr: [{ vmap: { data: { set: [['eth1', { jump: {} }]] } } }] } },
      { set: { name: 'sources', elem: ['10.0.0.0', '10.0.0.1'] } },
      { set: { name: 'empty' } },
      { map: { elem: [['a', 'b']] } },
    ],
  };
  assert.equal(ofRuleset(JSON.stringify(ruleset)), 9);
});
