/** Designs that are right and look odd: peers behind one NAT, hubs that lead on, private addresses. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { contradictions } from '../../../src/config/contradictions.ts';
import { parseSite } from '../../../src/config/parse.ts';

interface Told {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Everything that `check` says of these files. */
function told(...texts: readonly string[]): Told {
  const parsed = texts.map((text, index) => ({ text, ...result(text, `${index + 1}.yaml`) }));
  const given = parsed.flatMap(({ text, file, site }) =>
    site === undefined ? [] : [{ text, file, site }],
  );
  const all = [...parsed.flatMap(({ problems }) => problems), ...contradictions(given)];
  const of = (severity: string): readonly string[] =>
    all.filter((one) => one.severity === severity).map(({ message }) => message);
  return { errors: of('error'), warnings: of('warning') };
}

function result(text: string, file: string) {
  const parsed = parseSite(text, file);
  return parsed.ok
    ? { file, site: parsed.value.site, problems: parsed.value.warnings }
    : { file, site: undefined, problems: parsed.error };
}

const SILENT: Told = { errors: [], warnings: [] };
const NAT = '198.51.100.7';

function branch(name: string, number: number, hub: string, nat = 'nat: on', address = ''): string {
  return (
    `site: ${name}\nlan: lan0\n` +
    `wans: [{ name: isp, interface: wan0, subnet: 10.${number}.1.0/24${address} }]\n` +
    `peers: [{ name: hub, prefix: 10.20.0.0/16, vni: ${100 * number}, paths: [{ wan: isp, remote: ${hub}, ${nat} }] }]\n`
  );
}

function hub(paths: readonly (readonly [peer: string, number: number, path: string])[]): string {
  return (
    'site: hub\nlan: { interface: lan0, addresses: [10.20.0.1/24] }\nwans:\n' +
    '  - { name: a, interface: wan0, address: 203.0.113.6/30, nexthop: 203.0.113.5 }\n' +
    '  - { name: b, interface: wan1, address: 203.0.113.10/30, nexthop: 203.0.113.9 }\npeers:\n' +
    paths
      .map(
        ([peer, number, path]) =>
          `  - { name: ${peer}, vni: ${100 * number}, paths: [{ ${path}, subnet: 10.${number}.1.0/24 }] }\n`,
      )
      .join('')
  );
}

describe('two branches behind one NAT', () => {
  test('are accepted, each to a WAN of its own, by all three files', () => {
    const all = [
      branch('north', 1, '203.0.113.6'),
      branch('south', 2, '203.0.113.10'),
      hub([
        ['north', 1, `wan: a, remote: ${NAT}, nat: on`],
        ['south', 2, `wan: b, remote: ${NAT}, nat: on`],
      ]),
    ];
    assert.deepEqual(told(...all).errors, []);
    assert.deepEqual(told(...all.toReversed()).errors, []);
  });

  test('at one WAN of the hub are refused, and why', () => {
    const { errors } = told(
      hub([
        ['north', 1, `wan: a, remote: ${NAT}, nat: on`],
        ['south', 2, `wan: a, remote: ${NAT}, nat: on`],
      ]),
    );
    assert.equal(errors.length, 1);
    assert.match(
      errors[0]!,
      /another peer is behind the NAT 198\.51\.100\.7 and comes to `a`, too/,
    );
  });

  for (const [one, other] of [
    [', nat: on', ''],
    ['', ', nat: on'],
    ['', ''],
  ] as const) {
    test(`without \`nat: on\` (${one}/${other}) an address of two peers is a slip`, () => {
      const { errors } = told(
        hub([
          ['north', 1, `wan: a, remote: ${NAT}${one}`],
          ['south', 2, `wan: b, remote: ${NAT}${other}`],
        ]),
      );
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /is already an address of another peer/);
    });
  }
});

describe('designs that are right', () => {
  const two = hub([
    ['north', 1, 'wan: a, remote: 192.0.2.1'],
    ['south', 2, 'wan: b, remote: 192.0.2.5'],
  ]);
  const at = (address: string): string =>
    `, address: ${address}, nexthop: ${address.replace(/\d+\/.*/, '6')}`;

  test('a branch reaches another branch by the hub', () => {
    const north = branch('north', 1, '203.0.113.6', 'nat: off', at('192.0.2.1/29')).replace(
      'prefix: 10.20.0.0/16',
      'prefixes: [10.20.0.0/16, 10.2.0.0/16]',
    );
    assert.deepEqual(
      told(north, two).warnings.filter((one) => one.includes('no address in')),
      [],
    );
    const nobody = north.replace('10.2.0.0/16', '10.77.0.0/16');
    assert.match(told(nobody, two).warnings.join(), /has no address in 10\.77\.0\.0\/16/);
  });

  test('modems of two sites hand out one private address', () => {
    const [north, south] = [1, 2].map((number) =>
      branch(
        number === 1 ? 'north' : 'south',
        number,
        `203.0.113.${4 * number + 2}`,
        'nat: on',
        at('192.168.8.100/24'),
      ),
    );
    const natted = hub([
      ['north', 1, 'wan: a, remote: 198.51.100.1, nat: on'],
      ['south', 2, 'wan: b, remote: 198.51.100.2, nat: on'],
    ]);
    assert.deepEqual(told(north!, south!, natted), SILENT);
    const called = natted.replace('198.51.100.1, nat: on', '192.168.8.100, nat: off');
    assert.match(
      told(north!, south!, called).errors.join(),
      /192\.168\.8\.100\/24 is an address of WAN/,
    );
  });

  test('two sites have the same network for guests, to which nobody leads', () => {
    const guests = 'lan: { interface: lan0, addresses: [192.168.178.1/24] }';
    const [north, south] = [
      branch('north', 1, '203.0.113.6'),
      branch('south', 2, '203.0.113.10'),
    ].map((text) => text.replace('lan: lan0', guests));
    assert.deepEqual(told(north!, south!).errors, []);
    const leading = two.replace('name: north,', 'name: north, prefixes: [192.168.178.0/24],');
    assert.match(
      told(north!, south!, leading).errors.join(),
      /192\.168\.178\.0\/24 is on the LAN of/,
    );
  });

  test('a hub behind a NAT that passes everything on is known by the outside address', () => {
    const cloud = two.replace(
      '203.0.113.6/30, nexthop: 203.0.113.5',
      '10.99.0.5/24, nexthop: 10.99.0.1',
    );
    const north = branch('north', 1, '203.0.113.6', 'nat: off', at('192.0.2.1/29'));
    assert.deepEqual(told(north, cloud).errors, []);
    const wrong = branch('north', 1, '203.0.113.6', 'nat: off', at('192.0.2.1/29'));
    const elsewhere = two.replace(
      '203.0.113.6/30, nexthop: 203.0.113.5',
      '203.0.113.2/30, nexthop: 203.0.113.1',
    );
    assert.match(
      told(wrong, elsewhere).errors.join(),
      /no WAN in 2\.yaml has the address 203\.0\.113\.6/,
    );
  });
});
