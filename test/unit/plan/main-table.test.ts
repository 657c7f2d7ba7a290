import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { addressFromInteger } from '../../../src/net/address.ts';
import { prefix, prefixContains, prefixLength, prefixOf } from '../../../src/net/prefix.ts';
import type { Prefix } from '../../../src/net/prefix.ts';
import type { Facts } from '../../../src/plan/facts.ts';
import { elsewhere, leftToMain, neighboursOnWans } from '../../../src/plan/main-table.ts';
import { plainFacts, siteFrom } from '../../support/site.ts';

function siteTo(...prefixes: readonly string[]): SiteConfig {
  return siteFrom(
    [
      'site: branch',
      'lan: lan1',
      'wans:',
      '  - { name: a, interface: w1, address: 192.0.2.2/30, nexthop: 192.0.2.1, subnet: 10.10.1.0/24 }',
      '  - { name: b, interface: w2, subnet: 10.10.2.0/24 }',
      'peers:',
      '  - name: hub',
      `    prefixes: [${prefixes.join(', ')}]`,
      '    paths: [{ wan: a, remote: 203.0.113.1 }, { wan: b, remote: 203.0.113.2 }]',
    ].join('\n'),
  );
}

function factsWith(site: SiteConfig, routes: Readonly<Record<string, readonly string[]>>): Facts {
  const mainRoutes = Object.entries(routes).map(([text, interfaces]) => ({
    destination: prefix(text),
    interfaces,
  }));
  return { ...plainFacts(site), mainRoutes };
}

const left = (peers: readonly string[], routes: Readonly<Record<string, readonly string[]>>) => {
  const site = siteTo(...peers);
  return leftToMain(site, 'ipv4', factsWith(site, routes));
};

describe('to the main table is left', () => {
  for (const [what, peers, routes, expected] of [
    ['a network behind the LAN', ['0.0.0.0/0'], { '10.50.0.0/24': ['lan1'] }, ['10.50.0.0/24']],
    ['one in a longer prefix', ['10.0.0.0/8'], { '10.50.0.0/24': ['lan1'] }, ['10.50.0.0/24']],
    ['one host', ['10.20.0.0/16'], { '10.20.0.9/32': ['wg0'] }, ['10.20.0.9/32']],
    ['nothing that no prefix covers', ['10.20.0.0/16'], { '10.50.0.0/24': ['lan1'] }, []],
    ['nothing out of a WAN', ['0.0.0.0/0'], { '10.50.0.0/24': ['w2'] }, []],
    ['nothing that a WAN shares', ['0.0.0.0/0'], { '10.50.0.0/24': ['lan1', 'w2'] }, []],
    ['nothing out of a tunnel', ['0.0.0.0/0'], { '10.50.0.0/24': ['wt100'] }, []],
    ['nothing as long as a prefix', ['10.20.0.0/16'], { '10.20.0.0/16': ['lan1'] }, []],
    ['nothing shorter', ['10.20.0.0/16'], { '10.0.0.0/8': ['lan1'] }, []],
    ['not a half of everything', ['0.0.0.0/0'], { '0.0.0.0/1': ['tun0'] }, []],
    ['not what lies in the LAN', ['0.0.0.0/0'], { '10.10.1.128/25': ['lan1'] }, []],
    [
      'what lies in another one only once',
      ['0.0.0.0/0'],
      { '172.16.0.0/12': ['lan1'], '172.17.0.0/16': ['docker0'] },
      ['172.16.0.0/12'],
    ],
    [
      'a summary, and what is longer than a prefix in it',
      ['0.0.0.0/0', '10.20.0.0/16'],
      { '10.0.0.0/8': ['lan1'], '10.20.5.0/24': ['lan1'], '10.20.0.0/16': ['lan1'] },
      ['10.0.0.0/8', '10.20.5.0/24'],
    ],
  ] as const) {
    test(what, () => {
      assert.deepEqual(left(peers, routes), expected);
    });
  }

  const anyPrefix = fc
    .record({ host: fc.nat(255), length: fc.integer({ min: 2, max: 16 }) })
    // Few networks, so that they lie in each other.
    .map(({ host, length }) =>
      prefixOf({
        address: addressFromInteger((BigInt(44) << 24n) | (BigInt(host) << 12n), 'ipv4'),
        length,
      }),
    );

  test('what the longest prefix of both tables decides, for every destination', () => {
    const routes = fc.uniqueArray(
      fc.record({ to: anyPrefix, by: fc.constantFrom('lan1', 'docker0', 'w1') }),
      { selector: ({ to }) => to, maxLength: 6 },
    );
    const property = fc.property(
      fc.uniqueArray(anyPrefix, { minLength: 1, maxLength: 4 }),
      routes,
      fc.nat(0xffffff),
      (peers, mains, host) => {
        const site = { ...siteTo('192.168.0.0/16') };
        const peer = { ...site.peers[0]!, prefixes: peers };
        const facts = factsWith(site, Object.fromEntries(mains.map(({ to, by }) => [to, [by]])));
        const own = leftToMain({ ...site, peers: [peer] }, 'ipv4', facts);
        const destination = addressFromInteger((44n << 24n) | BigInt(host), 'ipv4');
        const longest = (prefixes: readonly Prefix[]): number =>
          Math.max(
            -1,
            ...prefixes.filter((one) => prefixContains(one, destination)).map(prefixLength),
          );
        const ours = longest(peers);
        if (ours < 0) return;
        const theirs = longest(mains.filter(({ by }) => by !== 'w1').map(({ to }) => to));
        assert.equal(longest(own) > ours, theirs > ours, `${destination}: ${own.join(' ')}`);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe('the gateway itself talks to a network on a WAN', () => {
  const routes = { '192.168.8.0/24': ['w2'], '10.20.5.0/24': ['w2'], '10.50.0.0/24': ['lan1'] };
  const neighbours = (...peers: readonly string[]) => {
    const site = siteTo(...peers);
    return neighboursOnWans(site, 'ipv4', factsWith(site, routes));
  };

  test('where everything else is behind a peer, but never to what has a prefix of a peer', () => {
    assert.deepEqual(neighbours('0.0.0.0/0', '10.20.0.0/16'), ['192.0.2.0/30', '192.168.8.0/24']);
    assert.deepEqual(neighbours('0.0.0.0/1', '128.0.0.0/1'), [
      '192.0.2.0/30',
      '10.20.5.0/24',
      '192.168.8.0/24',
    ]);
  });

  test('without a rule where the main table has it anyway', () => {
    assert.deepEqual(neighbours('10.20.0.0/16'), []);
  });
});

test('elsewhere is what neither a WAN nor a tunnel leads to', () => {
  const site = siteTo('10.20.0.0/16');
  const facts = factsWith(site, { '172.17.0.0/16': ['docker0'], '10.9.0.0/16': ['w1'] });
  assert.deepEqual(elsewhere(site, 'ipv4', facts), ['172.17.0.0/16']);
});
