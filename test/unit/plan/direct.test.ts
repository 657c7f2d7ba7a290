/** Direct WANs in the plan of any site; whole texts are in test/golden/direct*. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { familyOf } from '../../../src/net/address.ts';
import { prefix } from '../../../src/net/prefix.ts';
import { directFamilies, directNames, planDirect } from '../../../src/plan/direct-path.ts';
import { planEngine } from '../../../src/plan/engine.ts';
import { planForwarding } from '../../../src/plan/forwarding.ts';
import type { ForwardingTable } from '../../../src/plan/forwarding.ts';
import { NO_FACTS } from '../../../src/plan/facts.ts';
import { bestTable, classTable, directMark, wanTable } from '../../../src/plan/ids.ts';
import { NO_OVERRIDES } from '../../../src/plan/overrides.ts';
import { planPaths } from '../../../src/plan/path.ts';
import { plan } from '../../../src/plan/plan.ts';
import { planSpread } from '../../../src/plan/spread.ts';
import { anyMachine, anySite } from '../../support/any-site.ts';
import { rules } from '../../support/ruleset.ts';
import {
  addresses,
  interfaceAddress,
  interfacesOf,
  plainFacts,
  siteFrom,
} from '../../support/site.ts';

const machine = anyMachine();

async function tablesOf(site: SiteConfig): Promise<readonly ForwardingTable[]> {
  const facts = await machine.facts(interfacesOf(site));
  return planForwarding(site, planPaths(site), planDirect(site, facts).paths);
}

async function forAnyDirectSite(check: (site: SiteConfig) => Promise<void> | void): Promise<void> {
  const direct = anySite.filter((site) => directFamilies(site).length > 0);
  await fc.assert(fc.asyncProperty(direct, check as never), { numRuns: 30 });
}

const THREE = `
site: shop
lan: lan1
wans:
  - { name: a, interface: w1, address: 192.0.2.2/24, nexthop: 192.0.2.1, subnet: 10.10.1.0/24, direct: on }
  - { name: b, interface: w2, address: 192.0.3.2/24, nexthop: 192.0.3.1, subnet: 10.10.2.0/24, direct: on, capacity: 50mbit }
  - { name: c, interface: w3, address: 192.0.4.2/24, nexthop: 192.0.4.1, subnet: 10.10.3.0/24 }
probes: { targets: [9.9.9.9] }
peers:
  - name: hub
    prefixes: [10.20.0.0/16, 10.20.1.0/24]
    paths: [{ wan: a, remote: 203.0.113.1 }, { wan: b, remote: 203.0.113.2 }, { wan: c, remote: 203.0.113.3 }]
`;

describe('in every table of any site with direct WANs', () => {
  test('everything else may take every direct WAN that has an address and a next hop', async () => {
    await forAnyDirectSite(async (site) => {
      const { paths } = planDirect(site, await machine.facts(interfacesOf(site)));
      const ofPeersOnly = [
        ...site.classes.map((_, index) => classTable(site, index)),
        ...planSpread(site, planPaths(site)).map(({ table }) => table),
      ];
      for (const { table, family, direct } of await tablesOf(site)) {
        // What is in a class, and is for no peer, goes on to the best table.
        if (ofPeersOnly.includes(table)) continue;
        assert.deepEqual(
          (direct?.candidates ?? []).map(({ name }) => name).toSorted(),
          paths
            .filter((path) => path.family === family)
            .map(({ name }) => name)
            .toSorted(),
        );
      }
    });
  });

  test('sources of a direct WAN take that WAN first; others, and what is not TCP, the best', async () => {
    const site = siteFrom(THREE);
    const order = async (table: number): Promise<readonly string[]> =>
      (await tablesOf(site))
        .filter((one) => one.table === table)
        .flatMap(({ direct }) => direct?.candidates.map(({ wan }) => wan.name) ?? []);
    assert.deepEqual(await order(wanTable(site, 0)), ['a', 'b']);
    assert.deepEqual(await order(wanTable(site, 1)), ['b', 'a']);
    assert.deepEqual(await order(wanTable(site, 2)), ['a', 'b']);
    assert.deepEqual(await order(bestTable(site)), ['a', 'b']);
  });

  test('there is a last route that leads nowhere, so nothing leaves untranslated by others', async () => {
    await forAnyDirectSite(async (site) => {
      const tables = await tablesOf(site);
      const text = planEngine(site, planPaths(site), tables, NO_OVERRIDES);
      for (const { direct, table, family } of tables) {
        if (direct === undefined) continue;
        const name = `t${table}_${family}_direct_unreachable`;
        assert.ok(text.includes(`protocol static ${name} {`), name);
      }
    });
  });
});

describe('a direct WAN that is down', () => {
  const engine = async (down: readonly string[], held: readonly string[] = []): Promise<string> => {
    const site = siteFrom(THREE);
    return planEngine(site, planPaths(site), await tablesOf(site), {
      ...NO_OVERRIDES,
      directDown: new Set(down),
      directHeld: new Set(held),
    });
  };
  const preferences = (text: string, nexthop: string): readonly number[] =>
    [...text.matchAll(new RegExp(`0/0 via ${nexthop}%.* preference = (\\d+)`, 'g'))].map(
      ([, preference]) => Number(preference),
    );

  test('has no live route, and is the last of the last', async () => {
    assert.ok(Math.max(...preferences(await engine(['a/ipv4']), '192.0.2.1')) <= 100);
    assert.ok(Math.min(...preferences(await engine([]), '192.0.2.1')) >= 199);
  });

  test('that is up again is held behind the others', async () => {
    const text = await engine([], ['a/ipv4']);
    assert.ok(Math.max(...preferences(text, '192.0.2.1')) <= 500);
    assert.ok(Math.max(...preferences(text, '192.0.3.1')) > 500);
  });

  test('keeps its own subnets while Fast Recovery is off', async () => {
    const site = siteFrom(`${THREE}recovery: { fast: off }\n`);
    const text = planEngine(site, planPaths(site), await tablesOf(site), {
      ...NO_OVERRIDES,
      directDown: new Set(['a/ipv4']),
    });
    assert.ok(
      text.includes(
        [
          'protocol static t5001_ipv4_direct_live0 {',
          '  ipv4 { table t5001_ipv4; };',
          '  check link;',
          "  route 0.0.0.0/0 via 192.0.2.1%'w1' onlink { preference = 1000; };",
        ].join('\n'),
      ),
    );
  });
});

describe('the firewall of direct WANs', () => {
  const site = siteFrom(THREE);

  const tunnels = 'iifname { "wt100", "wt101", "wt102" }';
  const lan = '10.10.1.0/24, 10.10.2.0/24, 10.10.3.0/24';
  const nowhere = '169.254.0.0/16, 224.0.0.0/4, 255.255.255.255';

  test('takes out of tracking what goes by tunnel and the LAN’s own, and nothing of others', () => {
    assert.deepEqual(rules(site, 'tracked_in').slice(1), [
      'iifname { "w1", "w2" } udp dport 4789 notrack accept',
      'iifname { "w1", "w2" } accept',
      `${tunnels} udp dport 3784 notrack accept`,
      `${tunnels} fib daddr type != local notrack accept`,
      `${tunnels} accept`,
      `iifname { "lan1" } ip daddr { ${lan} } fib daddr type local accept`,
      `iifname { "lan1" } ip daddr { ${lan}, 10.20.0.0/16, ${nowhere} } notrack accept`,
    ]);
    assert.deepEqual(rules(site, 'tracked_out').slice(1), [
      'oifname { "w1", "w2" } udp dport 4789 notrack accept',
      `${tunnels.replace('iif', 'oif')} udp dport 3784 notrack accept`,
    ]);
  });

  test('leaves what is for the networks of others to them, whose answers they translate', () => {
    const mainRoutes = [
      { destination: prefix('172.17.0.0/16'), interfaces: ['docker0'] },
      { destination: prefix('10.50.0.0/24'), interfaces: ['lan1'] },
    ];
    const found = rules(site, 'tracked_in', NO_OVERRIDES, { ...plainFacts(site), mainRoutes });
    for (const from of [tunnels, 'iifname { "lan1" }']) {
      const first = found.findIndex((rule) => rule.startsWith(from) && rule.includes(' daddr '));
      assert.equal(found[first], `${from} ip daddr { 172.17.0.0/16 } accept`);
    }
  });

  test('lets nothing out by a direct WAN that has another address than ours', () => {
    assert.deepEqual(rules(site, 'untranslated').slice(1), [
      'oifname != { "w1", "w2" } accept',
      'ip saddr 0.0.0.0 accept',
      'ip6 saddr :: accept',
      'fib saddr type local accept',
      'fib saddr . oif type local accept',
      'counter drop',
    ]);
  });

  test('lets replies alone through to the LAN', () => {
    const forward = rules(site, 'forward');
    const reply = forward.indexOf(
      'iifname { "w1", "w2" } oifname { "lan1" } ct state { established, related } accept',
    );
    assert.ok(reply > 0);
    assert.equal(
      forward[reply + 1],
      'iifname { "w1", "w2", "w3" } oifname { "lan1" } counter drop',
    );
  });

  test('keeps connections on the WAN where they began; on one that is down TCP alone', () => {
    const pins = (down: readonly string[]): readonly string[] =>
      rules(site, 'pinned', { ...NO_OVERRIDES, directDown: new Set(down) }).slice(1);
    const [a, b] = [0, 1].map((index) => directMark(index));
    const packet = 'iifname != { "w1", "w2" } meta nfproto ipv4 ct direction original ct mark';
    const answers = `${packet.replace('original', 'reply')} { ${a}, ${b} } meta mark set ct mark`;
    assert.deepEqual(pins([]), [answers, `${packet} { ${a}, ${b} } meta mark set ct mark`]);
    assert.deepEqual(pins(['a/ipv4']), [
      answers,
      `${packet} { ${b} } meta mark set ct mark`,
      `${packet} { ${a} } meta l4proto tcp ct status seen-reply meta mark set ct mark`,
    ]);
  });
});

describe('a direct WAN whose address comes from elsewhere', () => {
  const site = siteFrom(`
site: shop
lan: lan1
wans: [{ name: a, interface: w1, subnets: [10.10.1.0/24, 'fd10::/64'], direct: on }]
probes: { targets: [9.9.9.9] }
`);
  const planned = (own: readonly string[], nexthops: readonly string[]) =>
    planDirect(site, {
      ...NO_FACTS,
      interfaces: new Map([
        [
          'w1',
          {
            mtu: 1500,
            addresses: own.map(interfaceAddress),
            ways: addresses(...nexthops).map((via) => ({ family: familyOf(via), via })),
          },
        ],
      ]),
    });

  test('waits until it has one, and a next hop', () => {
    assert.match(planned([], []).waiting[0]?.reason ?? '', /no address/);
    assert.match(planned(['192.0.2.2/24'], []).waiting[0]?.reason ?? '', /no next hop/);
  });

  test('is used in the families in which it has both', () => {
    const names = (own: readonly string[], nexthops: readonly string[]): readonly string[] =>
      planned(own, nexthops).paths.map(({ name }) => name);
    assert.deepEqual(names(['192.0.2.2/24'], ['192.0.2.1', 'fe80::1']), ['a/ipv4']);
    assert.deepEqual(names(['192.0.2.2/24', '2001:db8::2/64'], ['192.0.2.1', 'fe80::1']), [
      'a/ipv4',
      'a/ipv6',
    ]);
  });

  test('has its rules and tables all the while: only its routes come and go', () => {
    const rulesOf = (own: readonly string[]): number =>
      plan(site, {
        ...NO_FACTS,
        interfaces: new Map([
          ['w1', { mtu: 1500, addresses: own.map(interfaceAddress), ways: [] }],
        ]),
      }).resources.filter((one) => one.kind === 'rule' && one.mark !== undefined).length;
    assert.equal(rulesOf([]), 2);
    assert.equal(rulesOf(['192.0.2.2/24']), 2);
    assert.deepEqual(
      directNames(site).map(({ name }) => name),
      ['a/ipv4', 'a/ipv6'],
    );
  });
});
