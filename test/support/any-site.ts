/**
 * Random sites for one machine, as site files that differ in everything a site file can say, and
 * that machine.
 */
import fc from 'fast-check';

import type { SiteConfig } from '../../src/config/site.ts';
import { FakeDataplane } from '../../src/dataplane/fake/fake.ts';
import { addresses, interfaceAddress, siteFrom } from './site.ts';

const MOST_WANS = 5;

/** WANs 4 and 5 have addresses from others; `w5` is absent. */
export function anyMachine(): FakeDataplane {
  const machine = new FakeDataplane();
  for (const name of ['lan1', 'lan2', 'w1', 'w2']) machine.addInterface(name);
  machine.addInterface('w3', { mtu: 1400, up: true });
  machine.addInterface('w4', {
    up: true,
    addresses: [interfaceAddress('198.51.100.4/24'), interfaceAddress('2001:db8:4::4/64')],
    nexthops: addresses('198.51.100.1', '2001:db8:4::1'),
  });
  return machine;
}

const wan = fc.record({
  ipv6Below: fc.boolean(),
  managed: fc.boolean(),
  host: fc.constantFrom(2, 3),
  capacity: fc.constantFrom(10, 50, 100, 500),
  subnets: fc.constantFrom('4', '6', '46', ''),
  lan: fc.constantFrom('lan1', 'lan2'),
  gateway: fc.constantFrom(1, 9),
  pathCapacity: fc.option(fc.constantFrom(5, 20), { nil: undefined }),
  tied: fc.boolean(),
  nat: fc.boolean(),
  detour: fc.boolean(),
  direct: fc.boolean(),
  allow: fc.constantFrom('', '{ port: 22, from: 198.51.100.0/24 }', "{ port: 22, from: '::/0' }"),
});

/** Each match takes what no other of them does: none stands twice. */
const MATCHES = [
  '{ dscps: [EF, CS5] }',
  "{ port: 5060, prefixes: [10.20.0.0/16, '2001:db8:20::/48'] }",
  '{ protocol: esp }',
];

const anyClass = fc.record({
  way: fc.constantFrom('prefer', 'avoid', 'best', 'spread'),
  wan: fc.nat(MOST_WANS - 1),
});

export const anySite: fc.Arbitrary<SiteConfig> = fc
  .record({
    name: fc.constantFrom('alpha', 'zulu'),
    wans: fc.array(wan, { minLength: 1, maxLength: MOST_WANS }),
    first: fc.nat(MOST_WANS - 1),
    vni: fc.constantFrom(100, 102, 7000),
    port: fc.constantFrom(4789, 4790),
    fast: fc.boolean(),
    prefixes: fc.constantFrom('10.20.0.0/16', "10.20.0.0/16, '2001:db8:20::/48'", '0.0.0.0/0'),
    plainLan: fc.boolean(),
    secondPeer: fc.boolean(),
    table: fc.constantFrom(5000, 6000),
    rulePriority: fc.constantFrom(5000, 900),
    twin: fc.boolean(),
    proxy: fc.constantFrom('off', 'on', '{ connections: 50, except: [{ port: 22 }] }'),
    classes: fc.array(anyClass, { maxLength: 3 }),
    // Seldom: it makes many tables.
    spread: fc.constantFrom(false, false, false, true),
    provision: fc.constantFrom('off', 'on', '{ lease: 5m, ipv6: off, dns: [10.20.0.53] }'),
  })
  .map((draft) => {
    const wans = draft.wans.map((one, index) => ({
      ...one,
      number: ((draft.first + index) % MOST_WANS) + 1,
    }));
    const count = wans.length;
    return siteFrom(
      [
        `site: ${draft.name}`,
        'lan:',
        '  interfaces: [lan1, lan2]',
        ...(draft.plainLan ? ['  addresses: [10.10.200.1/24]'] : []),
        'wans:',
        ...wans.flatMap((one, index) => [
          `  - name: wan${one.number}`,
          `    interface: w${one.number}`,
          `    capacity: ${one.capacity}mbit`,
          ...(one.managed ? [] : ownAddress(one)),
          `    subnets: [${subnetsOf(one).join(', ')}]`,
          `    allow: [${one.allow}]`,
          // With everything behind a peer, nothing is left to be direct.
          `    direct: ${one.direct && draft.prefixes !== '0.0.0.0/0'}`,
          ...(one.detour && count > 1
            ? [`    detours: [wan${wans[(index + 1) % count]?.number ?? 0}]`]
            : []),
        ]),
        'peers:',
        '  - name: hub',
        `    prefixes: [${draft.prefixes}]`,
        ...(draft.twin ? ['    proxy: 10.20.0.1'] : []),
        `    vni: ${draft.vni}`,
        '    paths:',
        ...wans.map((one) => path(one, 1)),
        ...(draft.secondPeer
          ? ['  - name: other', '    vni: 300', '    prefixes: [10.30.0.0/16]', '    paths:']
          : []),
        ...(draft.secondPeer ? wans.slice(0, 2).map((one) => path(one, 2)) : []),
        'tunnel:',
        `  port: ${draft.port}`,
        'recovery:',
        `  fast: ${draft.fast}`,
        `  spread: ${draft.spread}`,
        'classes:',
        ...draft.classes.map((one, index) => classOf(one, index, wans)),
        ...(draft.classes.length === 0 ? ['  []'] : []),
        'ids:',
        `  table: ${draft.table}`,
        `  rule-priority: ${draft.rulePriority}`,
        `proxy: ${draft.proxy}`,
        // Without a subnet there is nothing to hand out, which is an error.
        `provision: ${wans.some((one) => one.subnets !== '') ? draft.provision : 'off'}`,
      ].join('\n'),
    );
  });

type DraftWan = typeof wan extends fc.Arbitrary<infer T> ? T & { readonly number: number } : never;

function classOf(
  { way, wan: nth }: typeof anyClass extends fc.Arbitrary<infer T> ? T : never,
  index: number,
  wans: readonly { readonly number: number }[],
): string {
  const named = wans[nth % wans.length]?.number ?? 0;
  const ways: Readonly<Record<typeof way, string>> = {
    prefer: `, prefer: [wan${named}]`,
    avoid: `, avoid: [wan${named}]`,
    best: '',
    spread: ', spread: on',
  };
  return `  - { name: class${index}, match: ${MATCHES[index] ?? ''}${ways[way]} }`;
}

function ownAddress({ number, host, ipv6Below }: DraftWan): readonly string[] {
  return ipv6Below
    ? [`    address: 2001:db8:ff:${number}::${host}/64`, `    nexthop: 2001:db8:ff:${number}::1`]
    : [`    address: 192.0.2.${8 * number + host}/29`, `    nexthop: 192.0.2.${8 * number + 1}`];
}

function subnetsOf({ number, subnets, lan, gateway }: DraftWan): readonly string[] {
  const [ipv4, ipv6] = [`10.10.${number}`, `2001:db8:10:${number}::`];
  return [
    ...(subnets.includes('4')
      ? [`{ prefix: ${ipv4}.0/24, gateway: ${ipv4}.${gateway}, interface: ${lan} }`]
      : []),
    ...(subnets.includes('6')
      ? [`{ prefix: '${ipv6}/64', gateway: '${ipv6}${gateway}', interface: ${lan} }`]
      : []),
  ];
}

function path(one: DraftWan, peer: number): string {
  const remote = one.ipv6Below
    ? `'2001:db8:ee:${peer}::${one.number}'`
    : `203.0.113.${8 * peer + one.number}`;
  const tied = one.tied && peer === 1 ? `, subnet: 10.21.${one.number}.0/24` : '';
  const capacity = one.pathCapacity === undefined ? '' : `, capacity: ${one.pathCapacity}mbit`;
  const nat = one.nat ? ', nat: on' : '';
  return `      - { wan: wan${one.number}, remote: ${remote}${tied}${capacity}${nat} }`;
}
