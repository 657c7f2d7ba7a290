/** Which paths a packet may take: complete, in every table, for any site. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { prefixFamily } from '../../../src/net/prefix.ts';
import { peerPrefixes, planForwarding } from '../../../src/plan/forwarding.ts';
import type { ForwardingTable } from '../../../src/plan/forwarding.ts';
import { bestTable, classTable, destinationTable, wanTable } from '../../../src/plan/ids.ts';
import { planPaths } from '../../../src/plan/path.ts';
import { ruleAction, ruleSelector } from '../../../src/plan/resource.ts';
import type { Rule } from '../../../src/plan/resource.ts';
import { directFamilies, planDirect } from '../../../src/plan/direct-path.ts';
import { planRules } from '../../../src/plan/rules.ts';
import { planSpread } from '../../../src/plan/spread.ts';
import { anySite } from '../../support/any-site.ts';
import { branch, plainFacts, siteFrom } from '../../support/site.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

function forwarding(site: SiteConfig): readonly ForwardingTable[] {
  return planForwarding(site, planPaths(site), planDirect(site, plainFacts(site)).paths);
}

/** The WANs that sources of WAN `index` take, in their order. */
function wansFrom(site: SiteConfig, index: number): readonly string[] {
  const table = forwarding(site).find((one) => one.table === wanTable(site, index));
  return (table?.routes[0]?.candidates ?? []).map((path) => path.wan.name);
}

function ofTcp(site: SiteConfig, table: number): boolean {
  const ofWan = site.wans.some((_, index) => wanTable(site, index) === table);
  return ofWan || table === destinationTable(site);
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

  test('what is not TCP may take the same paths to every prefix of a peer, in the order of preference', () => {
    forAnySite((site) => {
      const best = forwarding(site).filter(({ table }) => table === bestTable(site));
      for (const { family, routes } of best) {
        for (const { prefix, candidates } of routes) {
          const peer = site.peers.find((one) => peerPrefixes(one, family).includes(prefix));
          const order = candidates.map((path) => site.recovery.preference.indexOf(path.wan.name));
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
            `${prefix} of ${peer?.name ?? 'nobody'}`,
          );
        }
      }
    });
  });

  test('TCP from elsewhere takes the path that its destination is tied to first', () => {
    forAnySite((site) => {
      const tables = forwarding(site).filter(({ table }) => table === destinationTable(site));
      for (const { routes } of tables) {
        for (const { prefix, candidates } of routes) {
          const tied = planPaths(site).find((path) => path.config.subnets.includes(prefix));
          if (tied !== undefined) assert.equal(candidates[0]?.name, tied.name);
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
          const ofNoWan = table === destinationTable(site) && !tied.has(route.prefix);
          const plain = !ofTcp(site, table) || ofNoWan;
          assert.equal(route.followsDetection, plain || site.recovery.fast);
        }
      }
    });
  });
});

describe('tables', () => {
  test('are one for the best path, by destination, per class with an order, per group of buckets, and per WAN with subnets of that family', () => {
    forAnySite((site) => {
      for (const family of FAMILIES) {
        const tables = forwarding(site).filter((one) => one.family === family);
        const remote =
          directFamilies(site).includes(family) ||
          site.peers.some((peer) => peerPrefixes(peer, family).length > 0);
        const wans = site.wans.flatMap((wan, index) =>
          wan.subnets.some((subnet) => prefixFamily(subnet.prefix) === family)
            ? [wanTable(site, index)]
            : [],
        );
        const classes = site.classes.flatMap(({ spread }, index) =>
          spread ? [] : [classTable(site, index)],
        );
        const groups = planSpread(site, planPaths(site)).map((group) => group.table);
        const expected = remote
          ? [bestTable(site), destinationTable(site), ...classes, ...groups, ...wans]
          : [];
        assert.deepEqual(
          tables.map((one) => one.table),
          expected,
        );
      }
    });
  });

  test('are all asked by a rule', () => {
    forAnySite((site) => {
      const asked = planRules(site, plainFacts(site)).flatMap((one) =>
        one.kind === 'rule' ? [`${one.family} ${one.table}`] : [],
      );
      for (const { family, table } of forwarding(site))
        assert.ok(asked.includes(`${family} ${table}`));
    });
  });
});

describe('a class', () => {
  const wansOf = (more: string): readonly string[] => {
    const site = branch(
      4,
      `recovery: { preference: [wan2, wan1, wan4, wan3] }\nclasses: [${more}]`,
    );
    const table = forwarding(site).find((one) => one.table === classTable(site, 0));
    return (table?.routes[0]?.candidates ?? []).map((path) => path.wan.name);
  };

  test('takes what it prefers in its own order, and then the rest by preference', () => {
    assert.deepEqual(wansOf('{ name: voice, match: { dscp: EF }, prefer: [wan3, wan1] }'), [
      'wan3',
      'wan1',
      'wan2',
      'wan4',
    ]);
  });

  test('takes what it avoids last, by preference', () => {
    assert.deepEqual(wansOf('{ name: backup, match: { port: 873 }, avoid: [wan1, wan2] }'), [
      'wan4',
      'wan3',
      'wan2',
      'wan1',
    ]);
  });

  test('may name paths, where one WAN has several', () => {
    const hub = (order: string): readonly string[] => {
      const site = siteFrom(
        [
          'site: hub',
          'lan: { interface: lan1, addresses: [10.20.0.1/24] }',
          'wans: [{ name: dc, interface: w1 }]',
          'peers:',
          '  - name: branch',
          '    paths:',
          ...[1, 2, 3].map(
            (n) => `      - { wan: dc, remote: 203.0.113.${n}, subnet: 10.10.${n}.0/24 }`,
          ),
          `classes: [{ name: voice, match: { dscp: EF }, ${order} }]`,
        ].join('\n'),
      );
      const table = forwarding(site).find((one) => one.table === classTable(site, 0));
      return (table?.routes[0]?.candidates ?? []).map((path) => path.name);
    };
    const [first, second, third] = ['dc-branch-1', 'dc-branch-2', 'dc-branch-3'] as const;
    assert.deepEqual(hub(`prefer: [${third}]`), [third, first, second]);
    assert.deepEqual(hub(`avoid: [${first}]`), [second, third, first]);
    assert.deepEqual(hub(`prefer: [dc], avoid: [${second}]`), [first, third, second]);
    assert.deepEqual(hub(`prefer: [${second}], avoid: [dc]`), [second, first, third]);
  });

  test('with neither takes the best path', () => {
    assert.deepEqual(wansOf('{ name: voice, match: { dscp: EF } }'), [
      'wan2',
      'wan1',
      'wan4',
      'wan3',
    ]);
  });
});

describe('rules', () => {
  const rules = (site: SiteConfig): readonly Rule[] =>
    planRules(site, plainFacts(site)).filter((one): one is Rule => one.kind === 'rule');

  test('send TCP by its source, then by its destination, and at last everything by the best path', () => {
    const asked = rules(branch(2)).filter((one) => one.incoming === undefined);
    assert.deepEqual(
      asked.map((one) => `${one.priority} ${ruleSelector(one)} ${ruleAction(one)}`),
      [
        '5020 from 10.10.1.0/24 ipproto tcp 5001',
        '5020 from 10.10.2.0/24 ipproto tcp 5002',
        '5030 from all ipproto tcp 5100',
        '5050 from all 5000',
      ],
    );
  });

  test('send what is marked by the table of its class before the best path', () => {
    const site = branch(
      2,
      'classes: [{ name: a, match: { dscp: EF } }, { name: b, match: { port: 9 }, spread: on }]',
    );
    assert.deepEqual(
      rules(site)
        .filter((one) => one.mark !== undefined)
        .map((one) => `${one.priority} ${ruleSelector(one)} ${ruleAction(one)}`),
      [
        '5040 from all fwmark 0x5700006e 5110',
        '5040 from all fwmark 0x57000082 5130',
        '5040 from all fwmark 0x57000083 5131',
      ],
    );
  });

  test('let nothing to a peer pass, whatever its protocol', () => {
    forAnySite((site) => {
      for (const family of FAMILIES) {
        const [last] = rules(site)
          .filter((one) => one.family === family)
          .toSorted((a, b) => b.priority - a.priority);
        if (last === undefined) continue;
        assert.equal(`${ruleSelector(last)} ${ruleAction(last)}`, `from all ${bestTable(site)}`);
      }
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

  test('for what is not TCP and for TCP of no WAN follow the preference', () => {
    const site = branch(3, 'recovery: { preference: [wan3, wan1] }');
    for (const table of [bestTable(site), destinationTable(site)]) {
      const routes = forwarding(site).find((one) => one.table === table)?.routes;
      assert.deepEqual(
        routes?.[0]?.candidates.map((path) => path.wan.name),
        ['wan3', 'wan1', 'wan2'],
      );
    }
  });
});
