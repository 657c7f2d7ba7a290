/** What the daemon makes of dnsmasq's leases and the kernel's neighbours. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { address } from '../../../src/net/address.ts';
import { macvlanAddress, parseMacAddress } from '../../../src/net/mac-address.ts';
import type { MacAddress } from '../../../src/net/mac-address.ts';
import { greedyHosts } from '../../../src/provision/greed.ts';
import { hostsOf } from '../../../src/provision/host.ts';
import { impostors } from '../../../src/provision/impostor.ts';
import { parseLeases } from '../../../src/provision/lease.ts';
import { poolUsage } from '../../../src/provision/pool-usage.ts';
import { siteFrom } from '../../support/site.ts';

const mac = (text: string): MacAddress => parseMacAddress(text)!;
const PC = mac('52:54:00:00:00:01');
const NAS = mac('52:54:00:00:00:02');

const site = siteFrom(`site: branch
lan: lan0
wans:
  - { name: fibre, interface: w0, subnets: [10.1.0.0/28, 'fd00:1::/64'] }
  - { name: lte, interface: w1, subnets: [10.2.0.0/28, 'fd00:2::/64'] }
peers: [{ name: hub, prefix: 10.20.0.0/16, paths: [{ wan: fibre, remote: 192.0.2.1 }] }]
provision: { reservations: [{ mac: '52:54:00:00:00:09', host: 9 }] }
`);

const lease = (own: MacAddress, ip: string, client = '*', name = '*'): string =>
  `2000000000 ${own} ${ip} ${name} ${client}`;

describe('the file of leases', () => {
  test('is read line by line', () => {
    assert.deepEqual(parseLeases(`${lease(PC, '10.1.0.5', '01:aa', 'pc')}\n`), [
      {
        address: '10.1.0.5',
        expires: 2_000_000_000_000,
        mac: PC,
        name: 'pc',
        client: '01:aa',
      },
    ]);
  });

  test('tells the Ethernet address of a DHCPv6 host where its DUID has one', () => {
    const [ll, llt, uuid] = parseLeases(
      [
        'duid 00:01:00:01:32:98:42:d3:d2:bc:21:ed:41:cc',
        '0 1 fd00:1::5 * 00:03:00:01:52:54:00:00:00:01',
        '0 1 fd00:1::6 * 00:01:00:01:32:98:42:d3:52:54:00:00:00:02',
        '0 1 fd00:1::7 * 00:04:52:54:00:00:00:02',
      ].join('\n'),
    );
    assert.deepEqual([ll?.mac, llt?.mac, uuid?.mac], [PC, NAS, undefined]);
    assert.equal(ll?.expires, Infinity);
  });

  test('may contain anything', () => {
    assert.deepEqual(parseLeases('\n \nnonsense\n1 2 3 4 5\n-1 x 10.1.0.5 y z\n'), []);
  });
});

describe('hosts', () => {
  test('are put together from leases, neighbours and macvlan interfaces', () => {
    const hosts = hostsOf(
      site,
      parseLeases(
        [
          lease(PC, '10.1.0.5', '*', 'pc'),
          lease(macvlanAddress(PC, 2), '10.2.0.5'),
          lease(NAS, '10.1.0.6'),
        ].join('\n'),
      ),
      [{ address: address('fd00:1::99'), mac: NAS }],
    );
    assert.deepEqual(
      hosts.map((host) => [host.mac, host.name, host.wanAware, host.addresses.map((a) => a.wan)]),
      [
        [PC, 'pc', 'yes', ['fibre', 'lte']],
        [NAS, undefined, 'no', ['fibre', 'fibre']],
      ],
    );
  });

  test('outside of every subnet of a WAN are not told', () => {
    assert.deepEqual(hostsOf(site, [], [{ address: address('192.0.2.1'), mac: PC }]), []);
  });

  test('with addresses that lead round in a circle do no harm', () => {
    let own = PC;
    const circle = Array.from({ length: 256 }, () => (own = macvlanAddress(own, 8)));
    const seen = circle.map((each, index) => ({
      address: address(`fd00:1::${index + 1}`),
      mac: each,
    }));
    assert.ok(hostsOf(site, [], seen).length > 0);
  });
});

describe('a pool', () => {
  test('counts leases and reservations once', () => {
    const leases = parseLeases([lease(PC, '10.1.0.5'), lease(PC, '10.1.0.9')].join('\n'));
    assert.deepEqual(
      poolUsage(site, leases).map(({ size, free }) => [size, free]),
      [
        [13, 11],
        [13, 12],
      ],
    );
  });
});

describe('a host with too many leases', () => {
  test('keeps the four of each subnet that last longest', () => {
    const text = [1, 2, 3, 4, 5, 6].map((n) => `${n} ${PC} 10.1.0.${n + 1} * 01:${n}0`);
    const [greedy] = greedyHosts(site, parseLeases([...text, lease(NAS, '10.1.0.9')].join('\n')));
    assert.equal(greedy?.mac, PC);
    assert.deepEqual(
      greedy.excess.map((one) => one.address),
      ['10.1.0.2', '10.1.0.3'],
    );
  });
});

describe('a lease by another’s identifier', () => {
  const found = (own: MacAddress, client: string): number =>
    impostors(parseLeases(lease(own, '10.1.0.5', client))).length;

  test('is one whose identifier names another Ethernet address', () => {
    assert.equal(found(NAS, `01:${PC}`), 1);
    assert.equal(found(NAS, `ff:00:00:00:02:00:03:00:01:${PC}`), 1);
  });

  test('is none where the host, or its macvlan, uses its own', () => {
    assert.equal(found(PC, `01:${PC}`), 0);
    assert.equal(found(PC, `ff:00:00:00:02:00:03:00:01:${PC}`), 0);
    assert.equal(found(macvlanAddress(PC, 2), `ff:00:00:00:02:00:03:00:01:${PC}`), 0);
  });

  test('is not suspected where a DUID may come from another interface', () => {
    assert.equal(found(NAS, `ff:12:34:56:78:00:01:00:01:32:98:42:d3:${PC}`), 0);
  });
});
