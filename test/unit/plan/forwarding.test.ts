/** Which paths a packet may take: complete, in every table, for any site. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { prefixFamily } from '../../../src/net/prefix.ts';
import { peerPrefixes, planForwarding } from '../../../src/plan/forwarding.ts';
import type { ForwardingTable } from '../../../src/plan/forwarding.ts';
import { bestTable, wanTable } from '../../../src/plan/ids.ts';
import { planPaths } from '../../../src/plan/path.ts';
import { planRules } from '../../../src/plan/rules.ts';
import { anySite } from '../../support/any-site.ts';
import { branch, siteFrom } from '../../support/site.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

function forwarding(site: SiteConfig): readonly ForwardingTable[] {
  return planForwarding(site, planPaths(site));
}

/** The WANs that sources of WAN `index` take, in their order. */
function wansFrom(site: SiteConfig, index: number): readonly string[] {
  const table = forwarding(site).find((one) => one.table === wanTable(site, index));
  return (table?.routes[0]?.candidates ?? []).map((path) => path.wan.name);
}

function forAnySite(check: (site: SiteConfig) => void): void {
  fc.assert(fc.property(anySite, check), { numRuns: 20 });
}

describe('in every table of any site', () => {
  test('every prefix of every peer has a route', () => {
    forAnySite((site) => {
      for (const { family, routes } of forwarding(site)) {
        const prefixes = site.peers.flatMap((peer) => peerPrefixes(peer, family));
        assert.deepEqual(routes.map((route) => route.prefix).toSorted(), prefixes.toSorted());
      }
    });
  });

  test('a route may take every path to its peer, each once, and no other', () => {
    forAnySite((site) => {
      for (const { family, routes } of forwarding(site)) {
        for (const route of routes) {
          const peer = site.peers.find((one) => peerPrefixes(one, family).includes(route.prefix));
          assert.deepEqual(
            route.candidates.map((path) => path.name).toSorted(),
            peer?.paths.map((path) => path.name).toSorted(),
          );
        }
      }
    });
  });

  test('sources of a WAN take a path of that WAN first, if there is one to the peer', () => {
    forAnySite((site) => {
      for (const { table, routes } of forwarding(site)) {
        const wan = site.wans.find((_, index) => wanTable(site, index) === table);
        if (wan === undefined) continue;
        for (const { candidates } of routes) {
          if (candidates.some((path) => path.wan.name === wan.name)) {
            assert.equal(candidates[0]?.wan.name, wan.name);
          }
        }
      }
    });
  });

  test('a route follows detection unless it is a WAN’s own and Fast Recovery is off', () => {
    forAnySite((site) => {
      const tied = new Set(
        site.peers.flatMap((peer) => peer.paths.flatMap((path) => path.subnets)),
      );
      for (const { table, routes } of forwarding(site)) {
        for (const route of routes) {
          const plain = table === bestTable(site) && !tied.has(route.prefix);
          assert.equal(route.followsDetection, plain || site.recovery.fast);
        }
      }
    });
  });
});

describe('tables', () => {
  test('are one for the best path and one per WAN with subnets of that family', () => {
    forAnySite((site) => {
      for (const family of FAMILIES) {
        const tables = forwarding(site).filter((one) => one.family === family);
        const remote = site.peers.some((peer) => peerPrefixes(peer, family).length > 0);
        const wans = site.wans.flatMap((wan, index) =>
          wan.subnets.some((subnet) => prefixFamily(subnet.prefix) === family)
            ? [wanTable(site, index)]
            : [],
        );
        const expected = remote ? [bestTable(site), ...wans] : [];
        assert.deepEqual(
          tables.map((one) => one.table),
          expected,
        );
      }
    });
  });

  test('are all asked by a rule', () => {
    forAnySite((site) => {
      const asked = planRules(site).flatMap((one) =>
        one.kind === 'rule' ? [`${one.family} ${one.table}`] : [],
      );
      for (const { family, table } of forwarding(site))
        assert.ok(asked.includes(`${family} ${table}`));
    });
  });
});

describe('detours', () => {
  test('that the file names come first, the others after them', () => {
    const site = siteFrom(
      [
        'site: branch',
        'lan: lan1',
        'wans:',
        '  - { name: a, interface: w1, subnet: 10.10.1.0/24, capacity: 10mbit, detours: [c] }',
        '  - { name: b, interface: w2, subnet: 10.10.2.0/24, capacity: 100mbit }',
        '  - { name: c, interface: w3, subnet: 10.10.3.0/24, capacity: 10mbit }',
        'peers:',
        '  - name: hub',
        '    prefixes: [10.20.0.0/16]',
        '    paths:',
        '      - { wan: a, remote: 203.0.113.1 }',
        '      - { wan: b, remote: 203.0.113.2 }',
        '      - { wan: c, remote: 203.0.113.3 }',
      ].join('\n'),
    );
    assert.deepEqual(wansFrom(site, 0), ['a', 'c', 'b']);
    assert.equal(wansFrom(site, 2)[1], 'b');
  });

  test('of equal WANs are a different one for each', () => {
    const site = branch(4);
    const firsts = site.wans.map((_, index) => wansFrom(site, index)[1]);
    assert.equal(new Set(firsts).size, 4);
  });

  test('for traffic of no WAN follow the preference', () => {
    const site = branch(3, 'recovery: { preference: [wan3, wan1] }');
    const best = forwarding(site).find((one) => one.table === bestTable(site));
    assert.deepEqual(
      best?.routes[0]?.candidates.map((path) => path.wan.name),
      ['wan3', 'wan1', 'wan2'],
    );
  });
});
