/**
 * What a hub works out takes as much longer as it has more branches, no more: eight times the branches
 * would take 64 times as long where each is compared with each.
 *
 * The time is the processor's, not the clock's, and the least of several runs: what else the machine has to do
 * does not count.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { diff } from '../../../src/apply/diff.ts';
import { EMPTY_STATE, overridesFrom } from '../../../src/apply/state.ts';
import { parseSite } from '../../../src/config/parse.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { CarriageTracker } from '../../../src/daemon/carriage-tracker.ts';
import { describeVerdict } from '../../../src/daemon/narrate.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import { bestTable } from '../../../src/plan/ids.ts';
import { planPaths } from '../../../src/plan/path.ts';
import { plan } from '../../../src/plan/plan.ts';
import { hubOf, hubText } from '../../support/hub.ts';
import { plainFacts } from '../../support/site.ts';

const FEW = 60;
const MANY = 8 * FEW;
/** Between the 8 of what is linear and the 64 of what is not. */
const MOST = 24;
const RUNS = 3;

/** Microseconds. */
function processorTime(work: () => unknown): number {
  const times = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...times);
}

const WORK: Readonly<Record<string, (branches: number) => () => unknown>> = {
  'to check its site file': (branches) => {
    const text = hubText(branches);
    return () => parseSite(text, 'hub.yaml');
  },
  'to plan it': (branches) => {
    const hub = hubOf(branches);
    return () => plan(hub, plainFacts(hub));
  },
  'to compare it': (branches) => {
    const hub = hubOf(branches);
    const desired = plan(hub, plainFacts(hub));
    const actual = desired.resources.map((resource) => ({ resource, owned: true }));
    return () => [diff(desired, actual, new Map()), diff(undefined, actual, new Map())];
  },
  'to see what is decided': (branches) => {
    const hub = hubOf(branches);
    const names = planPaths(hub).map(({ name }) => name);
    const pathMtu = Object.fromEntries(names.map((name) => [name, 1400]));
    const decisions = { ...EMPTY_STATE.decisions, held: names, suspect: names, pathMtu };
    return () => overridesFrom(decisions, hub);
  },
  'to follow its paths': (branches) => {
    const hub = hubOf(branches);
    return () => followed(hub);
  },
  'to follow its routes': (branches) => {
    const hub = hubOf(branches);
    return () => {
      const carriage = new CarriageTracker(hub);
      for (const { device, config } of planPaths(hub)) {
        for (const prefix of config.subnets) carriage.routeIs(bestTable(hub), prefix, device);
      }
      return [carriage.bestCarriage(), carriage.wanCarriage(0), carriage.shares()];
    };
  },
};

/** Every path comes up, is probed and fails. */
function followed(hub: SiteConfig): readonly unknown[] {
  const tracker = new PathTracker(hub, undefined, 0);
  return planPaths(hub).flatMap(({ farAddress, device }) =>
    (['Up', 'Down'] as const).map((state) => {
      const path = tracker.byFarAddress(farAddress);
      assert.ok(path !== undefined);
      tracker.probe({ device, roundTrip: 5 });
      const verdict = tracker.verdict(path, state, 1, 1, undefined);
      return verdict && describeVerdict(verdict, tracker, 1);
    }),
  );
}

describe(`a hub with ${MANY} branches`, () => {
  for (const [what, prepare] of Object.entries(WORK)) {
    test(`takes in proportion ${what}`, () => {
      const few = processorTime(prepare(FEW));
      const many = processorTime(prepare(MANY));
      assert.ok(many < MOST * Math.max(few, 500), `${few} µs with ${FEW}, ${many} µs with ${MANY}`);
    });
  }

  test('knows at once which of its paths are to be tried last', () => {
    const hub = hubOf(MANY);
    const tracker = new PathTracker(hub, undefined, 0);
    const [failed] = planPaths(hub);
    assert.ok(failed);
    for (const path of tracker.all()) {
      const state = path.plan.name === failed.name ? 'Down' : 'Up';
      tracker.verdict(path, state, 1, 1, undefined);
    }
    assert.deepEqual(tracker.suspect(), [failed.name]);
  });
});
