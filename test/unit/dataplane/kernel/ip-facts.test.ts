/** What `ip -j` prints → the facts of an interface; the texts are iproute2's, 6.1 on Linux 6.18. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import {
  interfaceFacts,
  lacksNexthops,
  ownAddresses,
  parseDefaults,
  parseNexthops,
} from '../../../../src/dataplane/kernel/ip-facts.ts';
import type { DefaultRoute } from '../../../../src/dataplane/kernel/ip-facts.ts';
import { parseLinks, parseRoutes } from '../../../../src/dataplane/kernel/ip-json.ts';
import type { Link } from '../../../../src/dataplane/kernel/ip-json.ts';
import { address } from '../../../../src/net/address.ts';

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8');
}

const links = parseLinks(fixture('address'));
const defaults = [
  ...parseDefaults(fixture('default-4'), 'ipv4'),
  ...parseDefaults(fixture('default-6'), 'ipv6'),
];

function linkWith(...addr_info: readonly object[]): Link {
  const [link] = parseLinks(
    JSON.stringify([{ ifname: 'eth1', flags: ['UP'], mtu: 1500, addr_info }]),
  );
  assert.ok(link);
  return link;
}

function viasOf(routes: readonly DefaultRoute[], current: object[] = []): readonly string[] {
  return interfaceFacts(linkWith(), routes, parseRoutes(JSON.stringify(current), 'ipv6')).ways.map(
    ({ via }) => via ?? 'on the link',
  );
}

describe('the facts of an interface', () => {
  const facts = interfaceFacts(
    links.find((link) => link.ifname === 'eth1')!,
    defaults,
  );

  test('are its MTU and its global addresses', () => {
    assert.equal(facts.mtu, 1492);
    assert.deepEqual(
      facts.addresses.map((own) => own.address),
      ['198.51.100.77', '198.51.100.78', '2001:db8:1::77'],
    );
  });

  test('are its default routes, by metric', () => {
    assert.deepEqual(
      facts.ways.map(({ via }) => via),
      ['198.51.100.1', '10.0.0.1', 'fe80::1'],
    );
  });

  test('hold no next hop of another interface', () => {
    const other = links.find((link) => link.ifname === 'eth0')!;
    assert.deepEqual(interfaceFacts(other, defaults).ways, []);
  });

  test('are the other end of a point-to-point link, whether a default route leads there or not', () => {
    const ppp = linkWith({
      ...{ local: '203.0.113.7', address: '203.0.113.1', prefixlen: 32, scope: 'global' },
    });
    const into = parseDefaults('[{"dst":"default","dev":"eth1","scope":"253"}]', 'ipv4');
    for (const routes of [[], into]) {
      assert.equal(interfaceFacts(ppp, routes).ways[0]?.via, '203.0.113.1');
    }
    assert.equal(interfaceFacts(ppp, []).addresses[0]?.peer, '203.0.113.1');
  });

  test('tell which addresses are not to be relied on, and those of the link', () => {
    const own = { prefixlen: 64, scope: 'global' };
    const link = linkWith(
      { ...own, local: '2001:db8::1', tentative: true },
      { ...own, local: '2001:db8::2', tentative: true, dadfailed: true },
      { ...own, local: '2001:db8::3', deprecated: true, temporary: true },
      { ...own, local: '2001:db8::5' },
      { prefixlen: 16, scope: 'global', local: '169.254.7.8' },
      { prefixlen: 16, scope: 'link', local: '169.254.7.9' },
      { prefixlen: 24, scope: 'global', local: '192.0.2.9', secondary: true },
      { prefixlen: 32, scope: 'link', local: '192.0.0.8' },
      { prefixlen: 64, scope: 'link', local: 'fe80::1' },
    );
    assert.deepEqual(
      interfaceFacts(link, []).addresses.map(({ address, marks }) => [address, marks ?? []]),
      [
        ['169.254.7.8', ['link-local']],
        ['169.254.7.9', ['link-local']],
        ['192.0.2.9', ['secondary']],
        ['2001:db8::1', ['tentative']],
        ['2001:db8::2', ['duplicate']],
        ['2001:db8::3', ['temporary', 'deprecated']],
        ['2001:db8::5', []],
      ],
    );
    assert.deepEqual(
      [...ownAddresses([link], (name) => name === 'wt100').keys()].includes(address('fe80::1')),
      false,
    );
    assert.equal(ownAddresses([link], () => true).size, 0);
  });

  test('do not depend on the order in which the kernel lists', () => {
    const text = [
      { local: '192.0.2.9', prefixlen: 24, scope: 'global' },
      { local: '192.0.2.10', prefixlen: 24, scope: 'global', secondary: true },
      { local: '2001:db8::9', prefixlen: 64, scope: 'global' },
      { local: 'fd00::9', prefixlen: 64, scope: 'global' },
    ];
    const routes = [
      ...defaults,
      ...parseDefaults('[{"dst":"default","gateway":"10.0.0.9","dev":"eth1"}]', 'ipv4'),
      ...parseDefaults('[{"dst":"default","dev":"eth1"}]', 'ipv4'),
    ];
    const expected = interfaceFacts(linkWith(...text), routes);
    const permuted = fc.tuple(
      fc.shuffledSubarray(text, { minLength: text.length }),
      fc.shuffledSubarray(routes, { minLength: routes.length }),
    );
    fc.assert(
      fc.property(permuted, ([infos, listed]) => {
        assert.deepEqual(interfaceFacts(linkWith(...infos), listed), expected);
      }),
    );
  });
});

describe('the default routes of the main table', () => {
  const MULTIPATH =
    '[{"dst":"default","flags":[],"nexthops":[{"gateway":"10.0.0.1","dev":"wan0","weight":1,"flags":[]},' +
    '{"gateway":"10.0.1.1","dev":"wan1","weight":2,"flags":[]}]},' +
    '{"dst":"default","dev":"wan0","scope":"253","metric":5,"flags":[]},' +
    '{"dst":"default","nhid":7,"metric":20,"flags":[]},' +
    '{"dst":"default","nhid":9,"metric":21,"flags":[]},{"dst":"default","nhid":11,"metric":22,"flags":[]},' +
    '{"type":"7","dst":"default","dev":"lo","metric":99}]';
  const OBJECTS =
    '[{"id":7,"gateway":"10.0.0.1","dev":"wan0","scope":"link","flags":[]},' +
    '{"id":8,"gateway":"10.0.1.1","dev":"wan1","scope":"link","flags":[]},' +
    '{"id":9,"group":[{"id":7},{"id":8}],"flags":[]},{"id":11,"dev":"wan1","scope":"host","flags":[]}]';

  test('are a way each, also where one has several, or no next hop, or is a number', () => {
    assert.equal(lacksNexthops(MULTIPATH), true);
    assert.deepEqual(
      parseDefaults(MULTIPATH, 'ipv4', parseNexthops(OBJECTS)).map(
        ({ interface: name, via, metric }) => `${name} ${via ?? '-'} ${metric}`,
      ),
      [
        ...['wan0 10.0.0.1 0', 'wan1 10.0.1.1 0', 'wan0 - 5', 'wan0 10.0.0.1 20'],
        ...['wan0 10.0.0.1 21', 'wan1 10.0.1.1 21', 'wan1 - 22'],
      ],
    );
  });

  test('may have a next hop of the other family', () => {
    const [route] = parseDefaults(
      '[{"dst":"default","via":{"family":"inet6","host":"fe80::1"},"dev":"wan0","flags":[]}]',
      'ipv4',
    );
    assert.deepEqual([route?.family, route?.via], ['ipv4', 'fe80::1']);
  });

  test('count by metric, then as their routers say (RFC 4191), then the one in use', () => {
    const routes = parseDefaults(
      JSON.stringify(
        [
          { gateway: 'fe80::1', metric: 1024, pref: 'low' },
          { gateway: 'fe80::2', metric: 1024, pref: 'medium' },
          { gateway: 'fe80::3', metric: 1024, pref: 'medium' },
          { gateway: 'fe80::4', metric: 1024, pref: 'high' },
          { gateway: 'fe80::5', metric: 100, pref: 'low' },
        ].map((one) => ({ dst: 'default', dev: 'eth1', ...one })),
      ),
      'ipv6',
    );
    assert.deepEqual(viasOf(routes), ['fe80::5', 'fe80::4', 'fe80::2', 'fe80::3', 'fe80::1']);
    const used = { dst: 'default', gateway: 'fe80::3', dev: 'eth1', table: '5101' };
    assert.deepEqual(viasOf(routes, [used])[2], 'fe80::3');
  });
});
