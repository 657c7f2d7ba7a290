import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';

import { Reporter, Source } from '../../../../src/config/source.ts';
import { loadTopology } from '../../../../src/lab/topology/load-topology.ts';
import { readTopology } from '../../../../src/lab/topology/read-topology.ts';
import { goodPlan, planned, TOPOLOGY } from './sample.ts';

const MANUAL = resolve(import.meta.dirname, '../../../../docs/lab.md');
const EXAMPLES = resolve(import.meta.dirname, '../../../../examples/lab');

const withHosts = (hosts: string): string =>
  TOPOLOGY.replace(/ {2}client: .*\n {2}server: .*\n/, hosts);

describe('topology file', () => {
  test('a good one is a plan that survives being written down', () => {
    const { plan, problems } = planned();
    assert.deepEqual(problems, []);
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
    assert.deepEqual(
      plan!.gateways.map(({ namespace, file, paths }) => [namespace, file, ...paths]),
      [
        ['demo-branch', '/etc/branch.yaml', 'fibre-hub', 'lte-hub', 'modem-hub'],
        ['demo-hub', '/etc/hub.yaml', 'fibre-branch', 'lte-branch', 'modem-branch'],
      ],
    );
  });

  const wrong: readonly (readonly [what: string, change: (text: string) => string, at: string])[] =
    [
      [
        'lab missing',
        (text) => text.replace('lab: demo\n', ''),
        '1:1: `lab` is missing in the topology',
      ],
      [
        'unknown key',
        (text) => text.replace('rtt: 2ms', 'rt: 2ms'),
        '7:64: unknown key `rt` in line `fibre`',
      ],
      ['no unit', (text) => text.replace('rtt: 2ms', 'rtt: 2'), '7:69: `2` is not a duration'],
      [
        'rate of one way only',
        (text) => text.replace('rate: 100mbit', 'rate: { up: 1mbit }'),
        '7:55: `down` is missing in `rate`',
      ],
      [
        'loss above everything',
        (text) => text.replace('rtt: 2ms', 'loss: 101%'),
        '7:70: `101%` is not a percentage',
      ],
      [
        'unknown site of a line',
        (text) => text.replace('[branch.fibre', '[brunch.fibre'),
        '7:23: there is no site `brunch`',
      ],
      [
        'unknown WAN',
        (text) => text.replace('hub.lte]', 'hub.lto]'),
        '8:33: site `hub` has no WAN `lto`',
      ],
      [
        'WAN on two lines',
        (text) => text.replace('branch.lte, hub.lte', 'branch.lte, hub.lte, branch.fibre'),
        '8:42: `branch.fibre` is on line `fibre` already',
      ],
      [
        'WAN on no line',
        (text) => text.replace(/ {2}modem:(.|\n)*/, ''),
        '2:10: WAN `modem` of site `branch` is on no line',
      ],
      [
        'path that leads nowhere',
        (text) => text.replace('hub.lte]', 'hub.fibre]').replace('hub.fibre]', 'hub.lte]'),
        '8:21: path `lte-hub` of site `branch` leads to 198.51.100.2, but nobody on line `lte` has that address',
      ],
      [
        'no address at all',
        (text) => text.replace(/ {4}attachments.*\n/, ''),
        '10:16: `branch.modem` has no address in its site file, and none here',
      ],
      [
        'address that the site file has',
        (text) =>
          text.replace(
            'hub.lte] }',
            'hub.lte], attachments: { hub.lte: { address: 10.0.0.1/8 } } }',
          ),
        '8:78: `hub.lte` has its addresses from its site file',
      ],
      [
        'attachment that is not connected',
        (text) => text.replace('{ branch.modem: {', '{ branch.moden: {'),
        '11:20: unknown key `branch.moden` in `attachments`',
      ],
      [
        'two nodes of one name',
        (text) => text.replace('wans:', 'internet: { client: { address: 9.9.9.9 } }\nwans:'),
        '6:13: there are two nodes `client`',
      ],
      [
        'server without an address',
        (text) => text.replace('wans:', 'internet: { web: {} }\nwans:'),
        '6:13: `address` is missing in server `web`',
      ],
      [
        'server with a network',
        (text) => text.replace('wans:', 'internet: { web: { address: 9.9.9.0/24 } }\nwans:'),
        '6:29: `9.9.9.0/24` has a prefix length, which does not belong here',
      ],
      [
        'one end only',
        (text) => text.replace('[branch.lte, hub.lte]', '[branch.lte]'),
        '8:20: `connects` must be a list of two WANs or more',
      ],
    ];
  for (const [what, change, expected] of wrong) {
    test(`says where: ${what}`, () => {
      const { problems } = planned(change(TOPOLOGY));
      assert.ok(problems.includes(expected), problems.join('\n'));
    });
  }

  test('with a server in the Internet, a line may have one end', () => {
    const { problems } = planned(
      TOPOLOGY.replace('wans:', 'internet: { web: { address: 9.9.9.9 } }\nwans:').replace(
        '[branch.lte, hub.lte]',
        '[branch.lte]',
      ),
    );
    assert.ok(!problems.some((problem) => problem.includes('`connects`')), problems.join('\n'));
  });

  test('tells everything that is wrong at once', () => {
    const { problems } = planned(
      TOPOLOGY.replace('rtt: 2ms', 'rtt: 2').replace('site: hub', 'site: hup'),
    );
    assert.deepEqual(problems, ['5:19: there is no site `hup`', '7:69: `2` is not a duration']);
  });

  test('examples are good', async () => {
    const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
    assert.ok(files.length >= 5);
    for (const file of files) {
      const loaded = await loadTopology(join(EXAMPLES, file));
      assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.format());
      assert.equal(loaded.value.plan.name, file.replace('.yaml', ''));
      assert.equal(loaded.value.warnings.format(), '');
    }
  });

  test('what the manual shows is good', () => {
    const manual = readFileSync(MANUAL, 'utf8');
    const blocks = [...manual.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
    assert.equal(blocks.length, 3);
    for (const block of blocks) {
      const report = new Reporter(new Source('docs/lab.md', block));
      assert.ok(readTopology(report) !== undefined);
      assert.deepEqual(report.problems(), []);
    }
  });

  test('a file that cannot be read is a problem like any other', async () => {
    const loaded = await loadTopology('/nowhere/at/all.yaml');
    assert.ok(!loaded.ok);
    assert.match(loaded.error.format(), /^\/nowhere\/at\/all\.yaml:1:1: error: cannot read/);
  });
});

describe('hosts', () => {
  const addresses = (hosts: string): Record<string, string[]> => {
    const plan = goodPlan(withHosts(hosts));
    return Object.fromEntries(
      plan.hosts.map((host) => [
        host.name,
        host.addresses.map(({ address, length }) => `${address}/${length}`),
      ]),
    );
  };

  test('get one address per WAN subnet, the next that is free', () => {
    assert.deepEqual(addresses('  client: { site: branch }\n  server: { site: hub }\n'), {
      client: ['10.10.1.2/24', '10.10.2.2/24', 'fd00:2::2/64', '10.10.3.2/30'],
      server: ['10.20.0.2/24'],
    });
  });

  test('get one router per family, and the profile of their site', () => {
    const [client, server] = goodPlan().hosts;
    assert.deepEqual(client!.routers, { ipv4: '10.10.1.1', ipv6: 'fd00:2::1' });
    assert.deepEqual(server!.routers, { ipv4: '10.20.0.1' });
    assert.equal(client!.profile!.rtoMin, 30);
    assert.equal(server!.profile!.rtoMin, 10);
  });

  test('addresses in the file are given before others are handed out', () => {
    const given = addresses(
      '  a: { site: hub, count: 2 }\n  b: { site: hub, address: 10.20.0.2/24 }\n',
    );
    assert.deepEqual(given, {
      a1: ['10.20.0.3/24'],
      a2: ['10.20.0.4/24'],
      b: ['10.20.0.2/24'],
    });
  });

  test('on another LAN get its addresses', () => {
    assert.deepEqual(addresses('  printer: { site: branch, interface: lan1 }\n'), {
      printer: ['10.9.0.2/24'],
    });
  });

  test('own whole prefixes that nobody else uses', () => {
    const plan = goodPlan(withHosts('  many: { site: branch, owns: 10.10.1.128/25 }\n'));
    assert.deepEqual(plan.hosts[0]!.owns, ['10.10.1.128/25']);
  });

  for (const [what, hosts, expected] of [
    [
      'no room',
      'a: { site: branch, count: 2 }',
      '4:29: 10.10.3.0/30 of site `branch` has no room for all of its hosts',
    ],
    [
      'unknown network',
      'a: { site: hub, address: 10.0.0.1/8 }',
      '4:28: 10.0.0.0/8 is no network of this LAN of site `hub`',
    ],
    [
      "the router's address",
      'a: { site: hub, address: 10.20.0.1/24 }',
      '4:28: 10.20.0.1 is in use already',
    ],
    ['name of a site', 'hub: { site: hub }', '4:3: there are two nodes `hub`'],
    [
      'several with one address',
      'a: { site: hub, address: 10.20.0.9/24, count: 2 }',
      '4:49: several hosts cannot have the same addresses',
    ],
    [
      'unknown LAN',
      'a: { site: hub, interface: lan9 }',
      '4:30: site `hub` has no LAN interface `lan9`',
    ],
    [
      'a prefix with the router in it',
      'a: { site: branch, owns: 10.10.1.0/25 }',
      '4:28: 10.10.1.0/25 contains 10.10.1.1, which is in use',
    ],
    [
      'a prefix of IPv6',
      "a: { site: branch, owns: 'fd00:2::/80' }",
      '4:28: a host can own whole prefixes of IPv4 only',
    ],
  ] as const) {
    test(`problem: ${what}`, () => {
      const { problems } = planned(withHosts(`  ${hosts}\n`));
      assert.ok(problems.includes(expected), problems.join('\n'));
    });
  }
});

describe('lines', () => {
  const routing = (line: number, attachment: number) =>
    goodPlan().lines[line]!.attachments[attachment]!.routing;

  test('an access has the next hop of its gateway, and its subnet', () => {
    assert.deepEqual(routing(0, 0), {
      own: ['192.0.2.1/30'],
      near: ['192.0.2.2'],
      subnets: ['192.0.2.0/30'],
      far: [],
      lent: [],
    });
  });

  test('where both are in one subnet, each access stands in for the other gateway', () => {
    assert.deepEqual(routing(1, 0), {
      own: [],
      near: ['198.51.100.1'],
      subnets: [],
      far: ['198.51.100.2'],
      lent: [],
    });
    assert.deepEqual(routing(1, 1).far, ['198.51.100.1']);
  });

  test('a WAN without addresses is lent one, and a next hop', () => {
    assert.deepEqual(routing(2, 0), {
      own: ['2001:db8::1/64'],
      near: ['2001:db8::9'],
      subnets: [],
      far: ['2001:db8::2'],
      lent: [{ address: '2001:db8::9/64', nexthop: '2001:db8::1' }],
    });
    assert.deepEqual(routing(2, 1).own, ['fe80::1/64']);
  });

  test('namespaces are named after lab and line', () => {
    const [line] = goodPlan().lines;
    assert.equal(line!.core, 'demo-wan.fibre');
    assert.equal(line!.attachments[0]!.access.namespace, 'demo-wan.fibre.branch.fibre');
  });

  const link = (values: string, line = 'fibre') => {
    const text = TOPOLOGY.replace('rate: 100mbit, rtt: 2ms', values);
    const found = goodPlan(text).lines.find(({ name }) => name === line)!;
    return found.attachments.map(({ access }) => access.link);
  };

  test('of two sites are a cable: each end does to packets what happens on their way out', () => {
    const [near, far] = link('rate: { up: 10mbit, down: 50mbit }, rtt: 40ms, loss: 2%, mtu: 1492');
    assert.equal(near!.mtu, 1492);
    assert.deepEqual(
      [near!.up.rate, far!.up.rate, near!.down.rate, far!.down.rate],
      [10e6, 50e6, undefined, undefined],
    );
    assert.deepEqual([near!.up.delay, far!.up.delay, near!.down.delay], [20, 20, 0]);
    assert.deepEqual([near!.up.loss, far!.up.loss, near!.down.loss], [0.02, 0.02, 0]);
  });

  test('with values for one site are a star: half of it all at each access', () => {
    const [near, far] = link(
      'rate: 100mbit, rtt: 40ms, loss: 19%, jitter: 4ms, attachments: { hub.fibre: { rate: 1gbit, rtt: 2ms, loss: 0% } }',
    );
    assert.deepEqual([near!.up.rate, near!.down.rate, far!.up.rate], [100e6, 100e6, 1e9]);
    // Through both accesses, there and back: 20 ms of the line, 2 ms of the hub's own.
    assert.deepEqual([near!.up.delay, near!.down.delay, far!.up.delay], [10, 10, 1]);
    assert.deepEqual([near!.up.jitter, far!.up.jitter], [2, 2]);
    assert.ok(Math.abs((1 - near!.up.loss) ** 2 - 0.81) < 1e-9);
    assert.equal(far!.down.loss, 0);
  });
});
