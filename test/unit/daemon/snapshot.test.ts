/** Everything the daemon knows → the status that is published. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { CarriageTracker } from '../../../src/daemon/carriage-tracker.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import { snapshot } from '../../../src/daemon/snapshot.ts';
import type { SnapshotSource } from '../../../src/daemon/snapshot.ts';
import { RateMeter } from '../../../src/observe/rate-meter.ts';
import { status } from '../../../src/observe/status.ts';
import type { Status } from '../../../src/observe/status.ts';
import { plan } from '../../../src/plan/plan.ts';
import { anyMachine, anySite } from '../../support/any-site.ts';
import { branch, interfacesOf, plainFacts } from '../../support/site.ts';

function sourceOf(site: SiteConfig, more: Partial<SnapshotSource> = {}): SnapshotSource {
  return {
    site,
    version: '0.1.0',
    daemonSince: 1000,
    enginePid: 42,
    engineRestarts: 0,
    pendingUntil: undefined,
    drainedWans: [],
    paths: new PathTracker(site, undefined, 0),
    carriage: new CarriageTracker(site),
    direct: undefined,
    meter: new RateMeter(),
    facts: plainFacts(site),
    waiting: [],
    warnings: [],
    rules: 8,
    tunnelMtus: new Map(),
    pathMtu: {},
    diagnoses: new Map(),
    provision: null,
    proxy: null,
    hosts: [],
    now: 0,
    ...more,
  };
}

function verdict(source: SnapshotSource, wan: number, state: 'Up' | 'Down', at: number): void {
  const path = source.paths.byName(`wan${wan}-hub`)!;
  source.paths.verdict(path, state, at, at, undefined);
}

const stateOf = (made: Status, path: string): string | undefined =>
  made.paths.find((one) => one.name === path)?.state;

describe('the status', () => {
  test('keeps the published schema, for any site', async () => {
    const sites = fc.asyncProperty(anySite, async (site) => {
      const facts = await anyMachine().facts(interfacesOf(site));
      const source = sourceOf(site, { facts, waiting: plan(site, facts).waiting });
      const made = snapshot(source);
      assert.deepEqual(status.parse(JSON.parse(JSON.stringify(made))), made);
    });
    await fc.assert(sites, { numRuns: 20 });
  });

  test('says of a path that nobody has judged that its state is unknown', () => {
    assert.equal(stateOf(snapshot(sourceOf(branch(1))), 'wan1-hub'), 'unknown');
  });

  test('says up, down and held', () => {
    const source = sourceOf(branch(3, 'recovery: { hold-down: 10s }'), { now: 3000 });
    for (const wan of [1, 2, 3]) verdict(source, wan, 'Up', 0);
    verdict(source, 2, 'Down', 1000);
    verdict(source, 3, 'Down', 1000);
    verdict(source, 3, 'Up', 2000);
    const made = snapshot(source);
    assert.deepEqual(
      made.paths.map((path) => path.state),
      ['up', 'down', 'held'],
    );
    assert.equal(made.paths[2]?.reason, 'hold-down for 9 s');
    assert.deepEqual(
      made.wans.map((wan) => wan.state),
      ['up', 'down', 'up'],
    );
  });

  test('says drained, here and by the peer', () => {
    const source = sourceOf(branch(2), { drainedWans: ['wan1'] });
    verdict(source, 1, 'Up', 0);
    verdict(source, 2, 'Up', 0);
    source.paths.setDrain('wan2-hub', 'by-peer');
    const made = snapshot(source);
    assert.deepEqual(
      made.paths.map((path) => path.state),
      ['drained', 'drained-by-peer'],
    );
    assert.ok(made.wans.every((wan) => wan.state === 'drained'));
  });

  test('says what an absent WAN waits for, and that it is not present', () => {
    const site = branch(2);
    const facts = {
      ...plainFacts(site),
      interfaces: new Map([...plainFacts(site).interfaces].filter(([name]) => name !== 'w2')),
    };
    const made = snapshot(sourceOf(site, { facts, waiting: plan(site, facts).waiting }));
    assert.equal(stateOf(made, 'wan2-hub'), 'waiting');
    assert.equal(made.paths[1]?.reason, 'interface w2 does not exist');
    assert.deepEqual([made.wans[1]?.present, made.wans[1]?.state], [false, 'waiting']);
  });

  test('says what carries a WAN, and how much', () => {
    const site = branch(2);
    const source = sourceOf(site);
    source.carriage.routeIs(5001, '10.20.0.0/16', 'wt101');
    source.meter.add('w1', { receivedBytes: 0, sentBytes: 0 }, 0);
    source.meter.add('w1', { receivedBytes: 125_000, sentBytes: 0 }, 1000);
    const [wan] = snapshot(source).wans;
    assert.deepEqual(wan?.carriedBy, [{ peer: 'hub', path: 'wan2-hub', detour: true }]);
    assert.equal(wan.counters?.receiveRate, 1_000_000);
  });

  test('says that the engine does not run', () => {
    const { engine } = snapshot(sourceOf(branch(1), { enginePid: undefined, engineRestarts: 2 }));
    assert.deepEqual(engine, { running: false, pid: null, restarts: 2 });
  });
});
