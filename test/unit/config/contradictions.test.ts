/** What the files of two ends say differently about the same thing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { contradictions } from '../../../src/config/contradictions.ts';
import { parseSite } from '../../../src/config/parse.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import type { Problem } from '../../../src/config/problem.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const example = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');

const BRANCH = example('branch-two-wans.yaml');
const HUB = example('hub-two-wans.yaml');

function compare(...texts: readonly string[]): Problem[] {
  const names = ['branch.yaml', 'hub.yaml', 'third.yaml'];
  const given = texts.map((text, index) => {
    const file = names[index] ?? 'more.yaml';
    const result = parseSite(text, file);
    assert.ok(
      result.ok,
      result.ok ? '' : result.error.map((each) => formatProblem(each, text)).join('\n'),
    );
    return { file, text, site: result.value.site };
  });
  const problems = contradictions(given);
  for (const { file, line, column, length } of problems) {
    const text = given.find((each) => each.file === file)?.text.split('\n')[line - 1];
    assert.ok(text !== undefined && column + length <= text.length + 1);
  }
  return problems;
}

function change(text: string, ...pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((changed, [from, to]) => {
    assert.ok(changed.includes(from), `no ${from}`);
    return changed.replace(from, to);
  }, text);
}

/** What is said, with the text that is marked. */
function told(branch: string, hub: string): string[] {
  const sources: Readonly<Record<string, string>> = { 'branch.yaml': branch, 'hub.yaml': hub };
  return compare(branch, hub).map(({ severity, file, line, column, length, message }) => {
    const text = sources[file]?.split('\n')[line - 1]?.slice(column - 1, column - 1 + length);
    return `${severity} ${file} [${String(text)}] ${message}`;
  });
}

describe('examples that belong together', () => {
  for (const [one, other] of [
    ['branch-two-wans.yaml', 'hub-two-wans.yaml'],
    ['branch-three-wans-ipv6.yaml', 'hub-one-wan.yaml'],
    ['branch-classes.yaml', 'hub-classes.yaml'],
  ] as const) {
    test(`${one} and ${other} agree`, () => {
      assert.deepEqual(compare(example(one), example(other)), []);
      assert.deepEqual(compare(example(other), example(one)), []);
    });
  }

  test('sites that are not each other’s peers are not compared', () => {
    assert.deepEqual(compare(example('smallest.yaml'), example('branch-dhcp.yaml')), []);
  });

  test('one site alone contradicts nobody', () => {
    assert.deepEqual(compare(BRANCH), []);
    assert.deepEqual(compare(), []);
  });
});

describe('names and peers', () => {
  test('two sites of one name', () => {
    const third = change(example('branch-dhcp.yaml'), ['site: branch-home', 'site: branch']);
    assert.deepEqual(told(BRANCH, third), [
      'error hub.yaml [branch] branch.yaml has the site name `branch` too',
    ]);
  });

  test('a peer that does not know us', () => {
    const other = change(
      HUB,
      ['  - name: branch', '  - name: other'],
      ['192.0.2.2', '192.0.2.6'],
      ['198.51.100.2', '198.51.100.6'],
    );
    assert.deepEqual(told(BRANCH, other), [
      'error branch.yaml [hub] hub.yaml has no peer `branch`, which is this site',
    ]);
    assert.deepEqual(told(other, BRANCH), [
      'error hub.yaml [hub] branch.yaml has no peer `branch`, which is this site',
    ]);
  });

  test('a peer by another name, known by its addresses', () => {
    assert.deepEqual(told(change(BRANCH, ['name: hub', 'name: centre']), HUB), [
      'error branch.yaml [centre] the addresses of peer `centre` are those of site `hub` in hub.yaml',
    ]);
  });
});

describe('settings', () => {
  test('ports', () => {
    assert.deepEqual(told(BRANCH, `${HUB}tunnel: { port: 4790 }\n`), [
      'error hub.yaml [4790] the tunnels use port 4790, but 4789 in branch.yaml',
    ]);
  });

  test('detection', () => {
    const slower = change(HUB, ['interval: 20ms', 'interval: 50ms']);
    assert.deepEqual(told(BRANCH, slower), [
      'warning hub.yaml [50ms] a dead path is noticed after 50ms × 3, but 20ms × 3 in branch.yaml',
    ]);
    const five = change(HUB, ['multiplier: 3', 'multiplier: 5'], ['interval: 20ms, ', '']);
    assert.equal(told(BRANCH, five).length, 1);
  });

  test('DSCP of BFD', () => {
    const given = change(HUB, ['multiplier: 3', 'multiplier: 3, dscp: CS5']);
    assert.deepEqual(told(BRANCH, given), [
      'warning hub.yaml [CS5] BFD is sent with DSCP CS5, but with CS6 in branch.yaml',
    ]);
    assert.equal(told(given, BRANCH).length, 1);
    const named = change(BRANCH, ['multiplier: 3', 'multiplier: 3, dscp: 40']);
    assert.deepEqual(told(named, given), []);
  });

  test('Fast Recovery', () => {
    const off = change(HUB, ['{ hold-down: 5s }', '{ fast: off, hold-down: 5s }']);
    assert.deepEqual(told(BRANCH, off), [
      'warning hub.yaml [off] Fast Recovery is off, but on in branch.yaml',
    ]);
  });
});

describe('paths', () => {
  test('a remote that the other site does not have', () => {
    assert.deepEqual(told(change(BRANCH, ['203.0.113.5', '203.0.113.9']), HUB), [
      'error branch.yaml [203.0.113.9] no WAN in hub.yaml has the address 203.0.113.9',
      'error hub.yaml [{ wan: isp-b, remote: 198.51.100.2, subnet: 10.10.2.0/24, capacity: 50mbit }] branch.yaml has no path back from 198.51.100.2 to our WAN `isp-b`',
    ]);
  });

  test('a path that only one side has, with the line to add', () => {
    const one = change(BRANCH, ['      - { wan: lte, remote: 203.0.113.5 }\n', '']);
    const [problem, ...rest] = compare(one, HUB);
    assert.deepEqual(rest, []);
    assert.equal(problem?.file, 'hub.yaml');
    assert.match(problem.message, /no path back from 198\.51\.100\.2 to our WAN `isp-b`/);
    assert.match(problem.cure, /`- \{ wan: lte, remote: 203\.0\.113\.5, vni: 101 \}`/);
  });

  test('VNIs that start at different numbers', () => {
    assert.deepEqual(told(change(BRANCH, ['vni: 100', 'vni: 200']), HUB), [
      "error hub.yaml [100] the VNIs of this peer's paths start at 100, but at 200 in branch.yaml:25",
    ]);
  });

  test('paths in another order', () => {
    const [one, other] = BRANCH.split('\n').filter((line) => line.includes('- { wan:'));
    const swapped = change(BRANCH, [`${one!}\n${other!}`, `${other!}\n${one!}`]);
    const [problem, ...rest] = compare(swapped, HUB);
    assert.deepEqual(rest, []);
    assert.match(
      problem!.message,
      /number 2 of its peer \(VNI 101\), but number 1 in branch\.yaml:29 /,
    );
    assert.match(problem!.cure, /same order/);
  });

  test('a VNI of its own that differs', () => {
    const own = change(HUB, ['{ wan: isp-b,', '{ wan: isp-b, vni: 777,']);
    assert.deepEqual(told(BRANCH, own), [
      'error hub.yaml [777] this path has VNI 777, but 101 in branch.yaml:30',
    ]);
  });

  test('a NAT that only one file knows of', () => {
    const through = change(BRANCH, ['203.0.113.5 }', '203.0.113.5, nat: on }']);
    assert.deepEqual(told(through, HUB), [
      'error hub.yaml [{ wan: isp-b, remote: 198.51.100.2, subnet: 10.10.2.0/24, capacity: 50mbit }] this path has no `nat: on`, but it has in branch.yaml:30',
    ]);
    assert.deepEqual(told(HUB, through), [
      'error hub.yaml [on] this path has `nat: on`, but not in branch.yaml:28',
    ]);
  });

  test('behind a NAT the hub knows another address than the branch', () => {
    const through = change(BRANCH, ['203.0.113.5 }', '203.0.113.5, nat: on }']);
    const outside = change(HUB, ['remote: 198.51.100.2,', 'remote: 192.0.2.77, nat: on,']);
    assert.deepEqual(told(through, outside), []);
  });

  test('two paths between the same WANs of a dual-stack pair are told apart by their addresses', () => {
    const branch = `site: a
lan: lan0
wans: [{ name: w, interface: w0, addresses: [192.0.2.1/30, 2001:db8:1::2/64], subnet: 10.1.0.0/24 }]
peers: [{ name: b, paths: [{ wan: w, remote: 192.0.2.2, subnet: 10.2.0.0/24 }, { wan: w, remote: 2001:db8:1::3 }] }]
`;
    const hub = `site: b
lan: lan0
wans: [{ name: v, interface: w0, addresses: [192.0.2.2/30, 2001:db8:1::3/64], subnet: 10.2.0.0/24 }]
peers: [{ name: a, paths: [{ wan: v, remote: 192.0.2.1, subnet: 10.1.0.0/24 }, { wan: v, remote: 2001:db8:1::2 }] }]
`;
    assert.deepEqual(compare(branch, hub), []);
    const swapped = change(hub, [
      '{ wan: v, remote: 192.0.2.1, subnet: 10.1.0.0/24 }, { wan: v, remote: 2001:db8:1::2 }',
      '{ wan: v, remote: 2001:db8:1::2, subnet: 10.1.0.0/24 }, { wan: v, remote: 192.0.2.1 }',
    ]);
    assert.equal(compare(branch, swapped).length, 1);
  });
});

describe('networks', () => {
  test('a subnet on the path of another WAN', () => {
    const crossed = change(
      HUB,
      ['10.10.1.0/24', '10.10.9.0/24'],
      ['subnet: 10.10.2.0/24', 'subnet: 10.10.1.0/24'],
      ['10.10.9.0/24', '10.10.2.0/24'],
    );
    // The comment in the example names the first subnet; the paths come after it.
    const swapped = change(
      crossed,
      ['subnet: 10.10.1.0/24, capacity: 500mbit', 'subnet: 10.10.2.0/24, capacity: 500mbit'],
      ['subnet: 10.10.1.0/24, capacity: 50mbit', 'subnet: 10.10.1.0/24, capacity: 50mbit'],
    );
    assert.deepEqual(
      told(BRANCH, swapped).map((each) => each.slice(0, 40)),
      ['error hub.yaml [10.10.2.0/24] 10.10.2.0/', 'error hub.yaml [10.10.1.0/24] 10.10.1.0/'],
    );
  });

  test('a subnet that nobody has, and one that nobody routes', () => {
    const other = change(HUB, ['subnet: 10.10.2.0/24', 'subnet: 10.10.3.0/24']);
    assert.deepEqual(told(BRANCH, other), [
      'error hub.yaml [branch] nothing here leads to 10.10.2.0/24, the subnet of WAN `lte` (branch.yaml:22)',
      'error hub.yaml [10.10.3.0/24] no WAN in branch.yaml has the subnet 10.10.3.0/24',
    ]);
  });

  test('a subnet that is reached, but by any path', () => {
    const loose = change(
      HUB,
      [', subnet: 10.10.2.0/24', ''],
      ['    vni: 100', '    vni: 100\n    prefixes: [10.10.0.0/16]'],
    );
    assert.deepEqual(told(BRANCH, loose), [
      'warning hub.yaml [branch] traffic back to 10.10.2.0/24 takes the best path, not that of WAN `lte` (branch.yaml:22)',
    ]);
  });

  test('a LAN network that nobody routes, and a prefix where nothing is', () => {
    const branch = change(BRANCH, ['[10.20.0.0/16]', '[10.30.0.0/16]']);
    assert.deepEqual(told(branch, HUB), [
      'warning branch.yaml [hub] 10.20.0.0/24, a LAN network of `hub` (hub.yaml:6), cannot be reached from here',
      'warning branch.yaml [10.30.0.0/16] hub.yaml has no address in 10.30.0.0/16',
    ]);
  });

  test('one LAN at two sites, also if they are no peers', () => {
    const third = change(
      example('branch-dhcp.yaml'),
      ['192.168.101.0/24', '10.10.1.0/24'],
      ['192.168.102.0/24', '10.10.0.0/25'],
    );
    assert.deepEqual(told(BRANCH, third), [
      'error hub.yaml [10.10.1.0/24] 10.10.1.0/24 is on the LAN of `branch` too (branch.yaml:15)',
    ]);
  });

  test('one address at two sites', () => {
    const third = change(example('branch-dhcp.yaml'), [
      'interface: eth1',
      'interface: eth1\n    address: 192.0.2.2/30\n    nexthop: 192.0.2.1',
    ]);
    assert.deepEqual(told(BRANCH, third), [
      'error hub.yaml [192.0.2.2/30] 192.0.2.2/30 is an address of WAN `fibre` in branch.yaml too',
    ]);
  });
});

describe('the proxies of two gateways', () => {
  const branch = example('lab/proxy/branch.yaml');
  const hub = example('lab/proxy/hub.yaml');

  test('agree in the example', () => {
    assert.deepEqual(told(branch, hub), []);
  });

  test('call each other where they are', () => {
    const moved = change(hub, ['10.20.0.1/24', '10.20.0.9/24']);
    assert.deepEqual(told(branch, moved), [
      'error branch.yaml [10.20.0.1] 10.20.0.1 is no address of `hub` on its LAN (hub.yaml)',
    ]);
  });

  test('are both there', () => {
    const without = change(hub, ['proxy: on', 'proxy: off']);
    assert.deepEqual(told(branch, without), [
      'error branch.yaml [10.20.0.1] hub.yaml runs no proxy',
    ]);
  });

  test('have one port', () => {
    const other = change(hub, ['proxy: on', 'proxy: { port: 6000 }']);
    assert.deepEqual(told(branch, other), [
      'error hub.yaml [6000] the proxy uses port 6000, but 5787 in branch.yaml',
    ]);
  });

  test('know each other, or use one leg only', () => {
    const alone = change(branch, ['    proxy: 10.20.0.1\n', '']);
    const [problem] = told(alone, hub);
    assert.match(problem ?? '', /^warning branch.yaml \[hub\] `hub` runs a proxy \(hub.yaml\)/);
  });
});

describe('classes', () => {
  const voice = (more: string): string => `classes:\n  - { name: voice, ${more} }\n`;
  const ef = voice('match: { dscps: [EF, CS5] }, prefer: [lte]');

  test('of one site only', () => {
    assert.deepEqual(told(BRANCH + ef, HUB), [
      'warning branch.yaml [voice] hub.yaml has no class `voice`, so it is one for what this site sends only',
    ]);
    assert.deepEqual(told(BRANCH, HUB + ef.replace('lte', 'isp-b')), [
      'warning hub.yaml [voice] branch.yaml has no class `voice`, so it is one for what this site sends only',
    ]);
  });

  test('that match otherwise', () => {
    const other = voice('match: { dscp: EF }');
    const [problem] = told(BRANCH + ef, HUB + other);
    assert.match(
      String(problem),
      /^warning hub.yaml \[voice\] the class `voice` does not match the same packets as in branch.yaml:\d+$/,
    );
  });

  test('that match alike, whatever they prefer', () => {
    const alike = voice('matches: [{ dscps: [40, 46] }]');
    assert.deepEqual(told(BRANCH + ef, HUB + alike), []);
  });
});
