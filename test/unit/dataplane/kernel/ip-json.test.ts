/**
 * What `ip -j` prints → resources. The fixtures are what iproute2 6.1 printed on a machine with two
 * tunnels of ours, one of somebody else, and rules and routes of several owners.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import {
  devicesInTheWay,
  linkResources,
  parseLinks,
  parseNeighbours,
  parseRoutes,
  parseRules,
} from '../../../../src/dataplane/kernel/ip-json.ts';
import { interfaceName } from '../../../../src/net/interface-name.ts';
import { resourceKey } from '../../../../src/plan/resource.ts';
import type { Resource, Vxlan } from '../../../../src/plan/resource.ts';

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8');
}

const links = parseLinks(fixture('address'));
const resources = linkResources(links);
const ofKind = (kind: Resource['kind']): readonly Resource[] =>
  resources.filter((resource) => resource.kind === kind);

describe('ip address', () => {
  test('gives a tunnel with all that a plan says of it', () => {
    assert.deepEqual(
      resources.find((one) => one.kind === 'vxlan' && one.name === 'wt100'),
      {
        kind: 'vxlan',
        name: 'wt100',
        vni: 100,
        port: 4789,
        sourcePort: undefined,
        local: '198.51.100.77',
        df: 'unset',
        // As an older version made it.
        lower: 'eth1',
        mac: '02:57:01:00:00:64',
        mtu: 1442,
        alias: 'wamptcp:branch',
      },
    );
  });

  test('gives a tunnel over IPv6 alike', () => {
    const tunnel = resources.find((one) => one.kind === 'vxlan' && one.name === 'wt101');
    assert.equal(tunnel?.kind === 'vxlan' && tunnel.local, '2001:db8:1::77');
  });

  test('gives every address with its length, link-local ones too', () => {
    const keys = ofKind('address').flatMap((one) =>
      one.kind === 'address' && ['eth1', 'wt100'].includes(one.interface)
        ? [`${one.address}/${one.length}`]
        : [],
    );
    assert.deepEqual(keys, [
      '198.51.100.77/24',
      '198.51.100.78/24',
      '2001:db8:1::77/64',
      'fe80::ff:fe00:2/64',
      'fe80::64:1/64',
    ]);
  });

  test('says which interfaces are up', () => {
    const up = ofKind('link-up').map(resourceKey);
    assert.ok(up.includes('link-up eth1'));
    assert.ok(!up.includes('link-up br0'));
  });

  test('shows a device of another kind as in the way of a tunnel of its name', () => {
    const wanted: Vxlan = {
      kind: 'vxlan',
      name: interfaceName('br0'),
      vni: 5,
      port: 4789,
      sourcePort: undefined,
      local: '192.0.2.1' as Vxlan['local'],
      df: 'inherit',
      lower: undefined,
      mac: '02:57:01:00:00:05',
      mtu: 1450,
      alias: 'wamptcp:branch',
    };
    assert.deepEqual(devicesInTheWay(links, [wanted]), [
      { ...wanted, vni: 0, mtu: 1500, alias: '' },
    ]);
    assert.deepEqual(devicesInTheWay(links, [{ ...wanted, name: interfaceName('wt100') }]), []);
    assert.deepEqual(devicesInTheWay(links, [{ ...wanted, name: interfaceName('wt7') }]), []);
  });
});

describe('ip rule', () => {
  test('gives our rules and nobody else’s', () => {
    const rules = parseRules(fixture('rule-4'), 'ipv4');
    assert.ok(rules.every(({ owned }) => owned));
    assert.deepEqual(
      rules.map(({ resource }) => resourceKey(resource)),
      [
        'rule ipv4 5000 from all oif eth1 5101',
        'rule ipv4 5000 from 198.51.100.77 5101',
        'rule ipv4 5010 from all to 10.10.1.0/24 254',
        'rule ipv4 5020 from 10.10.1.0/24 ipproto tcp 5001',
        'rule ipv4 5030 from all ipproto tcp 5100',
        'rule ipv4 5040 from all fwmark 0x5700006e 5110',
        'rule ipv4 5050 from all 5000',
      ],
    );
  });

  test('gives IPv6 rules alike', () => {
    assert.deepEqual(
      parseRules(fixture('rule-6'), 'ipv6').map(({ resource }) => resourceKey(resource)),
      ['rule ipv6 5020 from 2001:db8:10:1::/64 5001'],
    );
  });
});

describe('ip route', () => {
  const routes = parseRoutes(fixture('route-4'), 'ipv4');
  const at = (key: string): Resource | undefined =>
    routes.find((one) => resourceKey(one) === `route ipv4 ${key}`);

  test('gives where a route leads', () => {
    assert.deepEqual(at('5101 default'), {
      kind: 'route',
      family: 'ipv4',
      table: 5101,
      type: 'unicast',
      destination: 'default',
      interface: 'eth1',
      via: '198.51.100.1',
    });
  });

  test('gives the engine’s routes by their device', () => {
    const route = at('5001 10.20.0.0/16');
    assert.equal(route?.kind === 'route' && route.interface, 'wt100');
  });

  test('gives a route without a device the loopback', () => {
    const route = at('5002 10.20.0.0/16');
    assert.equal(route?.kind === 'route' && route.interface, 'lo');
    const [ipv6] = parseRoutes(fixture('route-6-bird'), 'ipv6');
    assert.equal(ipv6?.interface, 'lo');
  });

  test('gives a route to one host its length', () => {
    assert.ok(at('255 198.51.100.77/32'));
  });

  test('gives a route without a table the main one', () => {
    assert.ok(at('254 198.51.100.0/24'));
  });
});

describe('ip neigh', () => {
  test('gives permanent neighbours', () => {
    assert.deepEqual(parseNeighbours(fixture('neigh')).map(resourceKey), [
      'neighbour 198.51.100.1 eth1',
      'neighbour fe80::64:2 wt100',
    ]);
  });
});

describe('every parser', () => {
  test('takes an empty answer, in all the ways there are of being empty', () => {
    for (const text of ['', '\n', '[]', '[{}]', fixture('route-none')]) {
      assert.deepEqual(parseLinks(text), []);
      assert.deepEqual(parseRules(text, 'ipv4'), []);
      assert.deepEqual(parseRoutes(text, 'ipv4'), []);
      assert.deepEqual(parseNeighbours(text), []);
    }
  });

  test('skips what it does not understand and goes on', () => {
    const odd = fc.array(
      fc.dictionary(fc.constantFrom('dst', 'dev', 'src', 'ifname'), fc.jsonValue()),
    );
    fc.assert(
      fc.property(odd, (list) => {
        const known = { priority: 5030, src: 'all', table: '5000', protocol: '87' };
        assert.equal(parseRules(JSON.stringify([...list, known]), 'ipv4').length, 1);
        parseRoutes(JSON.stringify(list), 'ipv6');
        parseNeighbours(JSON.stringify(list));
        linkResources(parseLinks(JSON.stringify(list)));
      }),
    );
  });
});
