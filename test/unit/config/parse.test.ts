/** What a good site file says; the bad ones are in corpus.test.ts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { parseSite } from '../../../src/config/parse.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { assertInvariants } from './invariants.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

function good(text: string): SiteConfig {
  const result = parseSite(text, 'site.yaml');
  assert.ok(result.ok, result.ok ? '' : result.error.map((p) => formatProblem(p, text)).join('\n'));
  return result.value.site;
}

function messages(text: string): string[] {
  const result = parseSite(text, 'site.yaml');
  return (result.ok ? result.value.warnings : result.error).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );
}

const SMALLEST = readFileSync(join(EXAMPLES, 'smallest.yaml'), 'utf8');

describe('the examples', () => {
  for (const name of readdirSync(EXAMPLES).filter((each) => each.endsWith('.yaml'))) {
    test(`${name} is clean`, () => {
      const text = readFileSync(join(EXAMPLES, name), 'utf8');
      assertInvariants(good(text));
      assert.deepEqual(messages(text), []);
    });
  }

  test('the smallest has fewer than 15 lines', () => {
    assert.ok(SMALLEST.trimEnd().split('\n').length < 15);
  });
});

describe('defaults', () => {
  const site = good(SMALLEST);

  test('are those of the design', () => {
    assert.deepEqual(site.tunnel, { type: 'vxlan', port: 4789 });
    assert.deepEqual(site.detection, { interval: 50, multiplier: 3 });
    assert.deepEqual(site.recovery, {
      fast: true,
      holdDown: 0,
      preference: ['fibre', 'lte'],
      spread: false,
      damping: { enabled: true, flaps: 5, window: 60_000, quiet: 30_000 },
    });
    assert.deepEqual(site.host, {
      rtoMin: 10,
      staleLossCount: 8,
      receiveBuffer: 64 * 1024 ** 2,
      sendBuffer: 8 * 1024 ** 2,
      notsentLowat: 128 * 1024,
      blackholeTimeout: 0,
    });
    assert.deepEqual(site.classes, []);
    assert.deepEqual(site.ids, { table: 5000, rulePriority: 5000 });
    assert.deepEqual(site.probes, {
      targets: [],
      interval: 500,
      roundTrip: 1000,
      window: 5,
      loss: 0.5,
      quorum: undefined,
    });
  });

  test('of a WAN and its subnet', () => {
    assert.deepEqual(site.wans[0], {
      name: 'fibre',
      interface: 'eth1',
      addresses: [],
      nexthops: [],
      capacity: 100e6,
      subnets: [
        { prefix: '10.10.1.0/24', gateway: '10.10.1.1', interface: 'eth0', pool: undefined },
      ],
      detours: undefined,
      allow: [],
      direct: false,
    });
  });

  test('of a peer and its paths', () => {
    assert.deepEqual(
      site.peers[0]?.paths.map(({ name, vni, capacity, subnets }) => [
        name,
        vni,
        capacity,
        subnets,
      ]),
      [
        ['fibre-hub', 100, 100e6, []],
        ['lte-hub', 101, 100e6, []],
      ],
    );
  });
});

describe('what a WAN allows', () => {
  test('is TCP unless said, each with its network', () => {
    const text = SMALLEST.replace(
      'subnet: 10.10.1.0/24',
      "subnet: 10.10.1.0/24, allow: [{ port: 22, from: 198.51.100.0/24 }, { protocol: udp, port: 161, from: '2001:DB8::/32' }]",
    );
    assert.deepEqual(good(text).wans[0]?.allow, [
      { protocol: 'tcp', port: 22, from: '198.51.100.0/24' },
      { protocol: 'udp', port: 161, from: '2001:db8::/32' },
    ]);
    assert.deepEqual(messages(text), []);
  });
});

describe('preference', () => {
  const three = (recovery: string): readonly string[] =>
    good(`site: a
lan: lan0
wans:
  - { name: slow, interface: w0, subnet: 10.1.0.0/24, capacity: 10mbit }
  - { name: fast, interface: w1, subnet: 10.2.0.0/24, capacity: 1gbit }
  - { name: slow-too, interface: w2, subnet: 10.3.0.0/24, capacity: 10mbit }
peers:
  - name: hub
    prefix: 10.9.0.0/16
    paths: [{ wan: slow, remote: 192.0.2.1 }, { wan: fast, remote: 192.0.2.1 }, { wan: slow-too, remote: 192.0.2.1 }]
${recovery}`).recovery.preference;

  test('is by capacity, ties in the order of the file', () => {
    assert.deepEqual(three(''), ['fast', 'slow', 'slow-too']);
  });

  test('begins with those listed', () => {
    assert.deepEqual(three('recovery: { preference: [slow-too] }'), ['slow-too', 'fast', 'slow']);
  });
});

describe('names of paths', () => {
  const names = (paths: string): string[] =>
    good(`site: a
lan: lan0
wans: [{ name: dc, interface: w0, subnet: 10.1.0.0/24 }, { name: dc-x, interface: w1, subnet: 10.2.0.0/24 }]
peers:
${paths}`).peers.flatMap((peer) => peer.paths.map((path) => path.name));

  test('have a number where one WAN leads to a peer twice', () => {
    assert.deepEqual(
      names(`  - name: b
    prefix: 10.8.0.0/16
    paths: [{ wan: dc, remote: 192.0.2.1 }, { wan: dc, remote: 192.0.2.2 }, { wan: dc-x, remote: 192.0.2.1 }]`),
      ['dc-b-1', 'dc-b-2', 'dc-x-b'],
    );
  });

  test('differ even where the names of peers conspire', () => {
    assert.deepEqual(
      names(`  - name: b
    prefix: 10.8.0.0/16
    paths: [{ wan: dc, remote: 192.0.2.1 }, { wan: dc, remote: 192.0.2.2 }]
  - name: b-1
    prefix: 10.9.0.0/16
    vni: 200
    paths: [{ wan: dc, remote: 192.0.2.3 }, { wan: dc-x, remote: 192.0.2.3 }]
  - name: x-c
    prefix: 10.7.0.0/16
    vni: 300
    paths: [{ wan: dc, remote: 192.0.2.4 }]
  - name: c
    prefix: 10.6.0.0/16
    vni: 400
    paths: [{ wan: dc-x, remote: 192.0.2.5 }]`),
      // dc + x-c and dc-x + c are both dc-x-c; dc-b-1 is the plain name of dc + b-1.
      ['dc-b-2', 'dc-b-3', 'dc-b-1', 'dc-x-b-1', 'dc-x-c-1', 'dc-x-c-2'],
    );
  });
});

describe('VNIs', () => {
  const vnis = (peers: string, rest = ''): number[] =>
    good(`site: a
lan: lan0
wans: [{ name: w, interface: w0, subnet: 10.1.0.0/24 }]
peers:
${peers}
${rest}`).peers.flatMap((peer) => peer.paths.map((path) => path.vni));

  test('count up from the base of the peer, or else of the tunnel', () => {
    const peers = `  - { name: b, prefix: 10.8.0.0/16, paths: [{ wan: w, remote: 192.0.2.1 }, { wan: w, remote: 192.0.2.2 }] }
  - { name: c, prefix: 10.9.0.0/16, vni: 7, paths: [{ wan: w, remote: 192.0.2.3 }] }`;
    assert.deepEqual(vnis(peers), [100, 101, 7]);
    assert.deepEqual(vnis(peers, 'tunnel: { vni: 40 }'), [40, 41, 7]);
  });

  test('of single paths do not shift the others', () => {
    assert.deepEqual(
      vnis(`  - name: b
    prefix: 10.8.0.0/16
    paths: [{ wan: w, remote: 192.0.2.1 }, { wan: w, remote: 192.0.2.2, vni: 9 }, { wan: w, remote: 192.0.2.3 }]`),
      [100, 9, 102],
    );
  });
});

describe('several ways to write the same', () => {
  const base = (lan: string, wan: string, peer: string): SiteConfig =>
    good(`site: a
${lan}
wans:
  - { name: w, interface: w0, ${wan} }
peers:
  - { name: b, ${peer}, paths: [{ wan: w, remote: 192.0.2.1 }] }
`);
  const one = base('lan: lan0', 'subnet: 10.1.0.0/24', 'prefix: 10.8.0.0/16');

  for (const [lan, wan, peer] of [
    ['lan: { interface: lan0 }', 'subnets: [10.1.0.0/24]', 'prefixes: [10.8.0.0/16]'],
    ['lan: { interfaces: [lan0] }', 'subnet: { prefix: 10.1.0.0/24 }', 'prefixes: ["10.8.0.0/16"]'],
    [
      '"lan": "lan0"',
      'subnets: [{ prefix: 10.1.0.0/24, gateway: 10.1.0.1, interface: lan0 }]',
      'prefix: 10.8.0.0/16',
    ],
    ['lan: &l lan0', 'subnet: &s 10.1.0.0/24', 'prefix: 10.8.0.0/16'],
  ] as const) {
    test(`${lan} … ${wan}`, () => assert.deepEqual(base(lan, wan, peer), one));
  }

  test('JSON is YAML', () => {
    const json = JSON.stringify({
      site: 'a',
      lan: 'lan0',
      wans: [{ name: 'w', interface: 'w0', subnet: '10.1.0.0/24' }],
      peers: [{ name: 'b', prefix: '10.8.0.0/16', paths: [{ wan: 'w', remote: '192.0.2.1' }] }],
    });
    assert.deepEqual(good(json), one);
  });

  test('line ends, a byte order mark and a document marker do not matter', () => {
    assert.deepEqual(good(`\ufeff---\n${SMALLEST}...\n`.replaceAll('\n', '\r\n')), good(SMALLEST));
  });

  test('addresses are canonical, however written', () => {
    const site = base('lan: lan0', 'subnet: "2001:0DB8:0:1::/64"', 'prefix: "2001:DB8:F00::/48"');
    const subnet = site.wans[0]?.subnets[0];
    assert.deepEqual([subnet?.prefix, subnet?.gateway], ['2001:db8:0:1::/64', '2001:db8:0:1::1']);
    assert.equal(site.peers[0]?.prefixes[0], '2001:db8:f00::/48');
  });

  test('damping is a switch or a block', () => {
    const damping = (text: string): unknown =>
      good(`${SMALLEST}recovery: { damping: ${text} }\n`).recovery.damping;
    const preset = { enabled: true, flaps: 5, window: 60_000, quiet: 30_000 };
    assert.deepEqual(damping('off'), { ...preset, enabled: false });
    assert.deepEqual(damping('false'), { ...preset, enabled: false });
    assert.deepEqual(damping('on'), preset);
    assert.deepEqual(damping('{ flaps: 3 }'), { ...preset, flaps: 3 });
    assert.deepEqual(damping('{ enabled: false }'), { ...preset, enabled: false });
  });

  test('a site without peers, when its WANs are direct', () => {
    const site = good(`site: shop
lan: lan0
wans: [{ name: a, interface: w0, subnet: 10.1.0.0/24, direct: on }]
probes: { targets: [9.9.9.9, { address: 1.1.1.1, tcp: 443 }], interval: 100ms, loss: 20%, quorum: 2 }
`);
    assert.deepEqual(site.peers, []);
    assert.equal(site.wans[0]?.direct, true);
    assert.deepEqual(site.probes, {
      targets: [
        { address: '9.9.9.9', tcp: undefined },
        { address: '1.1.1.1', tcp: 443 },
      ],
      interval: 100,
      roundTrip: 1000,
      window: 5,
      loss: 0.2,
      quorum: 2,
    });
  });

  test('aliases repeat a value', () => {
    const site = good(`site: a
lan: lan0
wans: [{ name: &w w, interface: w0, subnet: 10.1.0.0/24, capacity: &c 50mbit }]
peers: [{ name: b, prefix: 10.8.0.0/16, paths: [{ wan: *w, remote: 192.0.2.1, capacity: *c }] }]
`);
    assert.equal(site.peers[0]?.paths[0]?.capacity, 50e6);
  });
});

describe('what is allowed', () => {
  test('a peer may have everything, and what contains our own networks', () => {
    const site = good(SMALLEST.replace('[10.20.0.0/16]', '[0.0.0.0/0, "::/0", 10.0.0.0/8]'));
    assert.equal(site.peers[0]?.prefixes.length, 3);
  });

  test('the capacity of a path is at most that of our WAN', () => {
    const capacity = (path: string): number | undefined => {
      const text = SMALLEST.replace('203.0.113.1 }', `203.0.113.1, capacity: ${path} }`);
      return good(text).peers[0]?.paths[0]?.capacity;
    };
    assert.equal(capacity('30mbit'), 30e6);
    assert.equal(capacity('1gbit'), 100e6);
  });

  test('the router of a rented machine is outside of its one address', () => {
    const site = good(
      SMALLEST.replace(
        'interface: eth1',
        'interface: eth1, addresses: [192.0.2.2/32, 2001:db8::2/128], nexthops: [172.31.1.1, fe80::1]',
      ),
    );
    assert.deepEqual(site.wans[0]?.nexthops, ['172.31.1.1', 'fe80::1']);
  });

  test('no detours at all', () => {
    const site = good(
      SMALLEST.replace('subnet: 10.10.1.0/24', 'subnet: 10.10.1.0/24, detours: []'),
    );
    assert.deepEqual(site.wans[0]?.detours, []);
  });
});

describe('limits', () => {
  test('a file of more than 1 MiB is not read', () => {
    const text = `${SMALLEST}${'# filler\n'.repeat(120_000)}`;
    assert.deepEqual(messages(text), ['1:1 the file is larger than 1 MiB, which no site needs']);
  });

  for (const [name, text] of [
    ['brackets', '['.repeat(8000)],
    ['brackets over many lines', '[\n'.repeat(20_000)],
    ['dashes', '- '.repeat(4000)],
    ['braces', '{a: '.repeat(2000)],
    ['question marks', '? '.repeat(4000)],
    ['anchors', '&a '.repeat(2700)],
    ['quotes', '"'.repeat(8000)],
    ['quotes over many lines', '"\n'.repeat(20_000)],
    ['steps', Array.from({ length: 500 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    [
      'aliases of aliases',
      `a0: &a0 [x]\n${Array.from({ length: 60 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`,
    ],
  ] as const) {
    test(`many ${name} are refused soon`, () => {
      const start = performance.now();
      assert.ok(messages(text).length > 0);
      assert.ok(performance.now() - start < 5000);
    });
  }

  test('a hub with a thousand branches is read in seconds', () => {
    const peers = Array.from({ length: 1000 }, (_, index) => {
      const [high, low] = [Math.floor(index / 250), index % 250];
      return `  - name: branch-${index}
    vni: ${100 + 10 * index}
    paths:
      - { wan: isp-a, remote: 192.0.${high}.${low + 1}, subnet: 10.${high}.${low}.0/25 }
      - { wan: isp-b, remote: 198.51.${high}.${low + 1}, subnet: 10.${high}.${low}.128/25 }
`;
    });
    const start = performance.now();
    const site = good(`site: hub
lan: { interface: lan0, addresses: [172.16.0.1/24] }
wans: [{ name: isp-a, interface: w0 }, { name: isp-b, interface: w1 }]
peers:
${peers.join('')}`);
    assert.ok(performance.now() - start < 10_000);
    assert.equal(site.peers.length, 1000);
    assertDistinctNames(site);
  });
});

function assertDistinctNames(site: SiteConfig): void {
  const names = site.peers.flatMap((peer) => peer.paths.map((path) => path.name));
  assert.equal(new Set(names).size, names.length);
}
