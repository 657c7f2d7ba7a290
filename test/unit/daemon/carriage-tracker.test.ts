/** Which path the kernel uses, as its notifications tell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CarriageTracker } from '../../../src/daemon/carriage-tracker.ts';
import {
  bestTable,
  classTable,
  destinationTable,
  spreadTable,
  wanTable,
} from '../../../src/plan/ids.ts';
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

  test('is known for the rest, too: UDP, and what has no WAN', () => {
    const tracker = new CarriageTracker(site);
    tracker.routeIs(bestTable(site), PREFIX, 'wt101');
    assert.deepEqual(tracker.bestCarriage(), [{ peer: 'hub', path: 'wan2-hub', detour: true }]);
  });
});

describe('what carries a class', () => {
  const classes = branch(
    2,
    [
      'classes:',
      '  - { name: voice, match: { dscp: EF }, prefer: [wan2] }',
      '  - { name: calls, match: { port: 5060 }, spread: on }',
    ].join('\n'),
  );

  test('is the path of its table; nothing of one that is spread', () => {
    const tracker = new CarriageTracker(classes);
    tracker.routeIs(classTable(classes, 0), PREFIX, 'wt101');
    assert.deepEqual(tracker.classCarriage(0), [{ peer: 'hub', path: 'wan2-hub', detour: false }]);
    assert.deepEqual(tracker.classCarriage(1), []);
  });

  test('moves by the name of the class', () => {
    const move = new CarriageTracker(classes).routeIs(classTable(classes, 0), PREFIX, 'wt100');
    assert.deepEqual(
      [move?.traffic, move?.primary?.name],
      [{ kind: 'class', name: 'voice' }, 'wan2-hub'],
    );
  });

  test('of flows that are spread is every path, by its share', () => {
    const tracker = new CarriageTracker(classes);
    assert.deepEqual(tracker.shares(), [{ peer: 'hub', path: null, share: 1 }]);
    const moves = ['wt100', 'wt101'].map((device, group) =>
      tracker.routeIs(spreadTable(classes, group), PREFIX, device),
    );
    assert.deepEqual(moves[1]?.traffic, { kind: 'spread' });
    assert.deepEqual(tracker.shares(), [
      { peer: 'hub', path: 'wan1-hub', share: 0.5 },
      { peer: 'hub', path: 'wan2-hub', share: 0.5 },
    ]);
    tracker.routeIs(spreadTable(classes, 0), PREFIX, 'wt101');
    assert.deepEqual(tracker.shares(), [{ peer: 'hub', path: 'wan2-hub', share: 1 }]);
  });

  test('is no share where nothing is spread', () => {
    assert.deepEqual(new CarriageTracker(site).shares(), []);
  });
});

describe('what moves', () => {
  const tied = siteFrom(
    [
      'site: branch',
      'lan: lan1',
      'wans:',
      '  - { name: wan1, interface: w1, subnet: 10.10.1.0/24 }',
      '  - { name: wan2, interface: w2, subnet: 10.10.2.0/24 }',
      'peers:',
      '  - name: hub',
      '    paths:',
      '      - { wan: wan1, remote: 203.0.113.1, subnet: 10.20.1.0/24 }',
      '      - { wan: wan2, remote: 203.0.113.2, subnet: 10.20.2.0/24 }',
    ].join('\n'),
  );

  test('is the TCP of a WAN’s subnets, or the rest, as the table says', () => {
    const tracker = new CarriageTracker(site);
    assert.deepEqual(
      [first, second, bestTable(site)].map(
        (table) => tracker.routeIs(table, PREFIX, 'wt101')?.traffic,
      ),
      [{ kind: 'from-wan', wan: 'wan1' }, { kind: 'from-wan', wan: 'wan2' }, { kind: 'rest' }],
    );
  });

  test('is TCP to what the peer has tied to a path', () => {
    const tracker = new CarriageTracker(tied);
    const move = tracker.routeIs(destinationTable(tied), '10.20.2.0/24', 'wt100');
    assert.deepEqual([move?.traffic, move?.primary?.name], [{ kind: 'to-tied' }, 'wan2-hub']);
    assert.deepEqual(
      tracker.routeIs(bestTable(tied), '10.20.2.0/24', 'wt100')?.traffic,
      { kind: 'rest' },
      'of what is not TCP nothing is tied',
    );
  });

  test('is told once: TCP to what is tied to no path moves with the rest', () => {
    const tracker = new CarriageTracker(site);
    assert.equal(tracker.routeIs(destinationTable(site), PREFIX, 'wt100'), undefined);
  });
});
