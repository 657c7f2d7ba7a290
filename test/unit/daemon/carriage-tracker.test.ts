/** Which path the kernel uses, as its notifications tell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CarriageTracker } from '../../../src/daemon/carriage-tracker.ts';
import { bestTable, wanTable } from '../../../src/plan/ids.ts';
import { branch, siteFrom } from '../../support/site.ts';

const site = branch(2);
const [first, second] = [wanTable(site, 0), wanTable(site, 1)];
const PREFIX = '10.20.0.0/16';

describe('a route of the kernel', () => {
  test('moves a table’s traffic from one device to another', () => {
    const tracker = new CarriageTracker(site);
    tracker.routeIs(first, PREFIX, 'wt100');
    const move = tracker.routeIs(first, PREFIX, 'wt101');
    assert.deepEqual(
      [move?.from, move?.to, move?.peer, move?.primary?.name],
      ['wt100', 'wt101', 'hub', 'wan1-hub'],
    );
  });

  test('that says what is known moves nothing', () => {
    const tracker = new CarriageTracker(site);
    assert.ok(tracker.routeIs(first, PREFIX, 'wt100'));
    assert.equal(tracker.routeIs(first, PREFIX, 'wt100'), undefined);
  });

  test('of another table or prefix is not ours', () => {
    const tracker = new CarriageTracker(site);
    assert.equal(tracker.routeIs(7, PREFIX, 'wt100'), undefined);
    assert.equal(tracker.routeIs(first, '10.99.0.0/16', 'wt100'), undefined);
  });

  test('that is printed as default is that to everywhere', () => {
    const everywhere = siteFrom(
      [
        'site: branch',
        'lan: lan1',
        'wans: [{ name: wan1, interface: w1, subnet: 10.10.1.0/24 }]',
        'peers: [{ name: hub, prefixes: [0.0.0.0/0], paths: [{ wan: wan1, remote: 203.0.113.1 }] }]',
      ].join('\n'),
    );
    const tracker = new CarriageTracker(everywhere);
    assert.equal(tracker.routeIs(wanTable(everywhere, 0), 'default', 'wt100')?.to, 'wt100');
  });
});

describe('what carries a WAN', () => {
  test('is nothing before anything is known, or when the route is gone', () => {
    const tracker = new CarriageTracker(site);
    const nothing = [{ peer: 'hub', path: null, detour: false }];
    assert.deepEqual(tracker.wanCarriage(0), nothing);
    tracker.routeIs(first, PREFIX, 'wt100');
    tracker.routeIs(first, PREFIX, undefined);
    assert.deepEqual(tracker.wanCarriage(0), nothing);
  });

  test('is its own path, or a detour', () => {
    const tracker = new CarriageTracker(site);
    tracker.routeIs(first, PREFIX, 'wt100');
    tracker.routeIs(second, PREFIX, 'wt100');
    assert.deepEqual(tracker.wanCarriage(0), [{ peer: 'hub', path: 'wan1-hub', detour: false }]);
    assert.deepEqual(tracker.wanCarriage(1), [{ peer: 'hub', path: 'wan1-hub', detour: true }]);
  });

  test('is known for traffic of no WAN, too', () => {
    const tracker = new CarriageTracker(site);
    tracker.routeIs(bestTable(site), PREFIX, 'wt101');
    assert.deepEqual(tracker.bestCarriage(), [{ peer: 'hub', path: 'wan2-hub', detour: true }]);
  });
});

test('a table is known by its WAN', () => {
  const tracker = new CarriageTracker(site);
  assert.deepEqual(
    [first, second, bestTable(site), 7].map((table) => tracker.wanOf(table)),
    ['wan1', 'wan2', undefined, undefined],
  );
});
