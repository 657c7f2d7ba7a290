/** What dnsmasq is told; the whole text of one site is in test/golden/provisioning. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { address as parsed } from '../../../src/net/address.ts';
import { planFirewall } from '../../../src/plan/firewall.ts';
import { NO_OVERRIDES } from '../../../src/plan/overrides.ts';
import { poolOf, poolSize } from '../../../src/plan/pools.ts';
import { planProvisioning, waitingForNames } from '../../../src/plan/provisioning.ts';
import { plainFacts, siteFrom } from '../../support/site.ts';

const PEERS =
  'peers: [{ name: hub, prefix: 10.20.0.0/16, paths: [{ wan: a, remote: 192.0.2.1 }] }]';

function siteOf(wans: readonly string[], provision: string, lan = 'lan0') {
  return siteFrom(
    [
      'site: branch',
      `lan: ${lan}`,
      'wans:',
      ...wans.map((subnets, index) => {
        const name = String.fromCharCode(97 + index);
        return `  - { name: ${name}, interface: w${index}, subnets: [${subnets}] }`;
      }),
      PEERS,
      `provision: ${provision}`,
    ].join('\n'),
  );
}

const lines = (site: ReturnType<typeof siteOf>): readonly string[] =>
  planProvisioning(site, plainFacts(site))?.config.split('\n') ?? [];

describe('a site without provisioning', () => {
  const site = siteOf(['10.1.0.0/24', '10.2.0.0/24'], 'off');

  test('runs no server', () => assert.equal(planProvisioning(site, plainFacts(site)), undefined));

  test('has no rule for one', () => {
    assert.doesNotMatch(
      planFirewall(site, [], new Map(), NO_OVERRIDES, plainFacts(site)),
      /iifname [^\n]*dport \{ 67/,
    );
  });
});

describe('WANs are counted as hosts see them', () => {
  test('without gaps where a WAN has no IPv4 subnet', () => {
    const text = lines(siteOf(['10.1.0.0/24', "'2001:db8::/64'", '10.3.0.0/24'], '{ ipv6: off }'));
    assert.deepEqual(
      text.filter((line) => /^dhcp-(option-force|range)/.test(line)),
      [
        'dhcp-option-force=tag:lan0,224,2',
        'dhcp-range=tag:w1,10.1.0.10,10.1.0.254,3600',
        'dhcp-range=tag:w2,10.3.0.10,10.3.0.254,3600',
      ],
    );
  });

  test('on each LAN interface by itself', () => {
    const site = siteOf(
      ['10.1.0.0/24', '10.2.0.0/24, { prefix: 10.3.0.0/24, interface: lan1 }'],
      'on',
      '{ interfaces: [lan0, lan1] }',
    );
    assert.deepEqual(
      lines(site)
        .filter((line) => line.includes('224,'))
        .slice(-2),
      ['dhcp-option-force=tag:lan0,224,2', 'dhcp-option-force=tag:lan1,224,1'],
    );
    assert.ok(lines(site).includes('dhcp-range=tag:w1,10.3.0.10,10.3.0.254,3600'));
  });
});

describe('an index of no WAN', () => {
  test('is ignored, and only with IPv4', () => {
    assert.ok(
      lines(siteOf(['10.1.0.0/24', '10.2.0.0/24'], 'on')).includes(
        'dhcp-ignore=tag:!dhcpv6,tag:!w1,tag:!w2',
      ),
    );
  });
});

describe('IPv6', () => {
  const ranges = (how: string): readonly string[] =>
    lines(siteOf(["'2001:db8::/64'"], `{ ipv6: ${how} }`)).filter((line) => line.includes('::'));

  test('is advertised, or given by DHCPv6, or both', () => {
    assert.deepEqual(ranges('slaac'), ['dhcp-range=::,constructor:lan0,ra-stateless,64,3600']);
    assert.deepEqual(ranges('dhcp'), ['dhcp-range=::1000,::ffff:ffff,constructor:lan0,64,3600']);
    assert.deepEqual(ranges('both'), [
      'dhcp-range=::1000,::ffff:ffff,constructor:lan0,slaac,64,3600',
    ]);
  });

  test('may be left to others', () => {
    assert.deepEqual(lines(siteOf(["'2001:db8::/64'"], '{ ipv6: off }')), []);
  });
});

describe('a pool', () => {
  const pool = (subnet: string) => siteOf([subnet], 'on').wans[0]!.subnets[0]!;

  test('begins at the tenth address, where there is room', () => {
    assert.deepEqual(poolOf(pool('10.1.0.0/24')), { first: '10.1.0.10', last: '10.1.0.254' });
    assert.equal(poolSize(pool('10.1.0.0/24')), 245);
    assert.deepEqual(poolOf(pool('10.1.0.0/27')), { first: '10.1.0.10', last: '10.1.0.30' });
  });

  test('is the whole of a small subnet but for the gateway', () => {
    assert.deepEqual(poolOf(pool('10.1.0.0/28')), { first: '10.1.0.1', last: '10.1.0.14' });
    assert.equal(poolSize(pool('10.1.0.0/28')), 13);
    assert.equal(poolSize(pool('10.1.0.0/30')), 1);
  });

  test('is what the file says', () => {
    const given = pool('{ prefix: 10.1.0.0/24, pool: 10.1.0.3-10.1.0.7 }');
    assert.deepEqual(poolOf(given), { first: '10.1.0.3', last: '10.1.0.7' });
    assert.equal(poolSize(given), 5);
  });
});

describe('a resolver', () => {
  test('keeps off the loopback, where another one may be', () => {
    assert.ok(lines(siteOf(['10.1.0.0/24'], '{ resolver: on }')).includes('except-interface=lo'));
  });

  for (const [what, address, dns, expected] of [
    ['on all addresses', '0.0.0.0', 'dns: [9.9.9.9]', ['dhcp-option=option:dns-server,9.9.9.9']],
    ['on all of both families', '::', 'dns: [9.9.9.9]', ['dhcp-option=option:dns-server,9.9.9.9']],
    [
      'on an address of the LAN, without other servers to name',
      '10.1.0.1',
      'dns: []',
      ['dhcp-option=option:dns-server,0.0.0.0', 'dhcp-option=option6:dns-server,[::]'],
    ],
  ] as const) {
    test(`leaves DNS to another one ${what}, says so, and hands out addresses`, () => {
      const site = siteOf(['10.1.0.0/24'], `{ resolver: on, ${dns} }`);
      const nameServers = [{ address: parsed(address), program: 'unbound' }];
      const facts = { ...plainFacts(site), nameServers };
      const text = planProvisioning(site, facts)?.config.split('\n') ?? [];
      assert.ok(text.includes('port=0') && text.some((line) => line.startsWith('dhcp-range=')));
      assert.deepEqual(
        text.filter((line) => line.includes('dns-server')),
        expected,
      );
      const [waiting, ...more] = waitingForNames(site, facts);
      assert.match(waiting?.reason ?? '', /^unbound has port 53 on .*127\.0\.0\.1 only/);
      assert.deepEqual(more, []);
    });
  }

  test('does not mind one on an address that is none of the LAN’s', () => {
    const site = siteOf(['10.1.0.0/24'], '{ resolver: on }');
    const nameServers = [{ address: parsed('192.168.122.1'), program: 'dnsmasq' }];
    assert.deepEqual(waitingForNames(site, { ...plainFacts(site), nameServers }), []);
  });

  test('is off unless asked for', () => {
    assert.ok(lines(siteOf(['10.1.0.0/24'], 'on')).includes('port=0'));
  });

  test('asks the servers of the file and is what hosts are told', () => {
    const text = lines(siteOf(['10.1.0.0/24'], '{ resolver: on, dns: [10.20.0.53] }'));
    assert.ok(text.includes('server=10.20.0.53') && text.includes('no-resolv'));
    assert.ok(!text.includes('port=0'));
    assert.ok(!text.some((line) => line.includes('dns-server')));
  });
});
