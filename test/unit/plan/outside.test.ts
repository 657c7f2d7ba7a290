/** With what a WAN reaches others: source addresses, next hops, and what is wrong with them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { address } from '../../../src/net/address.ts';
import { byAddress } from '../../../src/net/source-address.ts';
import type { AddressMark, Facts, MachineAddress, Way } from '../../../src/plan/facts.ts';
import { sourceAddress, wanOutside } from '../../../src/plan/outside.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { Desired } from '../../../src/plan/plan.ts';
import { interfaceAddress, plainFacts, siteFrom } from '../../support/site.ts';

function own(text: string, ...marks: AddressMark[]): MachineAddress {
  return { ...interfaceAddress(text), ...(marks.length === 0 ? {} : { marks }) };
}

function source(
  texts: readonly (string | MachineAddress)[],
  remote: string,
  { via, inUse }: { via?: string; inUse?: string } = {},
): string | undefined {
  const ways: readonly Way[] =
    via === undefined ? [] : [{ family: via.includes(':') ? 'ipv6' : 'ipv4', via: address(via) }];
  return sourceAddress(
    { addresses: texts.map((one) => (typeof one === 'string' ? own(one) : one)), ways },
    address(remote),
    inUse === undefined ? undefined : address(inUse),
  );
}

describe('the source of a tunnel', () => {
  const REMOTE = '2001:db8:ff::1';
  const GLOBAL = '2001:db8:1::7/64';

  test('stays when a unique local or a temporary address comes, or a prefix of somebody else', () => {
    for (const other of ['fd00::1/64', own('2001:db8:1::1/64', 'temporary'), '2001:db8:f0::1/64']) {
      assert.equal(source([other, GLOBAL], REMOTE, { inUse: '2001:db8:1::7' }), '2001:db8:1::7');
    }
  });

  test('without one in use is public before temporary, and of the remote’s kind', () => {
    assert.equal(
      source(['fd00::1/64', own('2001:db8:1::1/64', 'temporary'), GLOBAL], REMOTE),
      '2001:db8:1::7',
    );
    assert.equal(source([GLOBAL, 'fd00::1/64'], 'fd00:1::1'), 'fd00::1');
    assert.equal(source(['2001:db8:f0::1/64', '2002:c000:204::1/64'], REMOTE), '2001:db8:f0::1');
    assert.equal(
      source([own(GLOBAL, 'deprecated'), '2001:db8:f0::1/64'], REMOTE),
      '2001:db8:f0::1',
    );
  });

  test('is left when it is deprecated, gone, or cannot reach the remote while another can', () => {
    const [old, fresh] = ['2001:db8:1::7', '2001:db8:2::7'];
    assert.equal(source([own(GLOBAL, 'deprecated'), `${fresh}/64`], REMOTE, { inUse: old }), fresh);
    assert.equal(source([own(GLOBAL, 'deprecated')], REMOTE, { inUse: old }), old);
    assert.equal(source([`${fresh}/64`], REMOTE, { inUse: old }), fresh);
    assert.equal(source(['fd00::1/64', GLOBAL], REMOTE, { inUse: 'fd00::1' }), old);
    assert.equal(source(['fd00::1/64'], REMOTE, { inUse: 'fd00::1' }), 'fd00::1');
  });

  test('follows the next hop into another network', () => {
    const both = ['100.64.2.2/30', '100.64.3.2/30'];
    const inUse = '100.64.2.2';
    assert.equal(source(both, '203.0.113.1', { via: '100.64.2.1', inUse }), '100.64.2.2');
    assert.equal(source(both, '203.0.113.1', { via: '100.64.3.1', inUse }), '100.64.3.2');
  });

  test('is the primary address of a network, else the lowest', () => {
    const vip = own('203.0.113.5/24', 'secondary');
    assert.equal(source([vip, '203.0.113.10/24'], '198.51.100.1'), '203.0.113.10');
    assert.equal(source(['203.0.113.10/24', '203.0.113.9/24'], '198.51.100.1'), '203.0.113.9');
  });

  test('does not depend on the order of the addresses', () => {
    const texts = [
      ...['192.0.2.1/24', '192.0.2.2/24', '10.0.0.1/8', '100.64.0.9/32', '2001:db8:1::1/64'],
      ...[
        '2001:db8:1::2/64',
        '2001:db8:f::1/48',
        'fd00::1/64',
        'fd00::2/64',
        '2002:c000:201::1/48',
      ],
    ];
    const marks = fc.subarray<AddressMark>(['temporary', 'deprecated', 'secondary']);
    const addresses = fc
      .uniqueArray(fc.constantFrom(...texts), { minLength: 1 })
      .chain((some) => fc.tuple(...some.map((text) => marks.map((found) => own(text, ...found)))));
    const anyCase = addresses.chain((list) =>
      fc.record({
        list: fc.constant(list),
        shuffled: fc.shuffledSubarray([...list], { minLength: list.length }),
        remote: fc
          .constantFrom('203.0.113.9', '2001:db8:ff::1', 'fd00:9::1', '10.9.9.9')
          .map(address),
        inUse: fc.option(fc.constantFrom(...list.map((one) => one.address)), { nil: undefined }),
        via: fc
          .constantFrom(undefined, '192.0.2.254', '10.0.0.254')
          .map((text) => (text === undefined ? undefined : address(text))),
      }),
    );
    fc.assert(
      fc.property(anyCase, ({ list, shuffled, remote, inUse, via }) => {
        const ways: readonly Way[] = via === undefined ? [] : [{ family: 'ipv4', via }];
        const chosen = sourceAddress({ addresses: list, ways }, remote, inUse);
        assert.equal(sourceAddress({ addresses: shuffled, ways }, remote, inUse), chosen);
        // What was chosen once is chosen again.
        assert.equal(sourceAddress({ addresses: shuffled, ways }, remote, chosen), chosen);
      }),
      { numRuns: 500 },
    );
  });

  test('order of addresses is total', () => {
    const some = ['::1', '10.0.0.2', '10.0.0.10', 'fe80::1'].map(address);
    assert.deepEqual(some.toReversed().toSorted(byAddress), [
      ...['10.0.0.2', '10.0.0.10', '::1', 'fe80::1'],
    ]);
  });
});

describe('a WAN', () => {
  const site = siteFrom(`
site: branch
lan: lan0
wans:
  - { name: fibre, interface: w1, subnet: 192.168.1.0/24 }
  - { name: lte, interface: w2, subnets: [192.168.2.0/24, 'fd10::/64'] }
  - { name: dsl, interface: w3, subnet: 192.168.3.0/24, direct: on }
peers:
  - name: hub
    prefixes: [10.20.0.0/16]
    paths: [{ wan: fibre, remote: 203.0.113.1 }, { wan: lte, remote: 203.0.113.5 }]
`);
  const [fibre] = site.wans;

  function facts(first: readonly MachineAddress[], via?: string, more: Partial<Facts> = {}): Facts {
    const plain = plainFacts(site);
    const good = (
      number: number,
    ): Facts['interfaces'] extends ReadonlyMap<string, infer T> ? T : never => ({
      mtu: 1500,
      addresses: [own(`100.64.${number}.2/30`)],
      ways: [{ family: 'ipv4', via: address(`100.64.${number}.1`) }],
    });
    return {
      ...plain,
      interfaces: new Map([
        ...plain.interfaces,
        ['w1', { mtu: 1500, addresses: first, ways: way(via) }],
        ['w2', good(2)],
        ['w3', good(3)],
      ]),
      ...more,
    };
  }

  function way(via: string | undefined): readonly Way[] {
    return via === undefined ? [] : [{ family: 'ipv4', via: address(via) }];
  }

  function waitingFor(desired: Desired, what: string): string | undefined {
    return desired.waiting.find((one) => one.what === what)?.reason;
  }

  function tunnels(desired: Desired): readonly string[] {
    return desired.resources.flatMap((one) => (one.kind === 'vxlan' ? [one.local] : []));
  }

  for (const [title, address1, via] of [
    ['through our own address', '192.168.1.50/24', '192.168.1.1'],
    ['through another router', '192.168.1.50/24', '192.168.1.254'],
    ['with a part of the network', '192.168.1.130/25', '192.168.1.129'],
    ['with one address', '192.168.1.50/32', '10.0.0.1'],
  ] as const) {
    test(`with a network of the LAN is not used, ${title}; the LAN keeps it`, () => {
      const desired = plan(site, facts([own(address1)], via));
      assert.match(waitingFor(desired, 'WAN fibre') ?? '', /192\.168\.1\.0\/24 of our LAN on lan0/);
      assert.match(waitingFor(desired, 'path fibre-hub') ?? '', /LAN on lan0/);
      assert.deepEqual(tunnels(desired), ['100.64.2.2'], 'the other WAN is not touched');
      assert.equal(
        desired.resources.some((one) => one.kind === 'route' && one.interface === 'w1'),
        false,
      );
      const rule = desired.resources.find((one) => one.kind === 'rule' && one.priority === 5005);
      assert.deepEqual(rule?.kind === 'rule' && [rule.to, rule.table], ['192.168.1.0/24', 5202]);
      assert.ok(
        desired.resources.some(
          (one) => one.kind === 'route' && one.table === 5202 && one.interface === 'lan0',
        ),
      );
    });
  }

  test('in whose network the LAN’s is, and that is not in it, is used', () => {
    const desired = plan(site, facts([own('192.168.200.9/16')], '192.168.200.1'));
    assert.deepEqual(tunnels(desired), ['192.168.200.9', '100.64.2.2']);
    assert.ok(!desired.resources.some((one) => one.kind === 'rule' && one.priority === 5005));
  });

  test('is used by another address of its', () => {
    const desired = plan(site, facts([own('192.168.1.50/24'), own('100.64.1.2/30')], '100.64.1.1'));
    assert.deepEqual(tunnels(desired), ['100.64.1.2', '100.64.2.2']);
    assert.equal(waitingFor(desired, 'WAN fibre'), undefined);
  });

  test('whose next hop is our own address is not used, but for what is on its link', () => {
    const more = { own: new Map([[address('172.17.0.1'), 'docker0']]) };
    const machine = facts([own('172.17.0.9/16')], '172.17.0.1', more);
    const desired = plan(site, machine);
    assert.match(waitingFor(desired, 'path fibre-hub') ?? '', /172\.17\.0\.1 .*docker0/);
    assert.deepEqual(wanOutside(site, fibre!, machine).ways, []);
    const near = plan(site, facts([own('203.0.113.2/24')], '203.0.113.77', more));
    assert.deepEqual(tunnels(near), ['203.0.113.2', '100.64.2.2']);
  });

  test('with the peer’s own address is told so', () => {
    const more = { own: new Map([[address('203.0.113.1'), 'w1']]) };
    const desired = plan(site, facts([own('203.0.113.1/24')], '203.0.113.2', more));
    assert.match(waitingFor(desired, 'path fibre-hub') ?? '', /peer's address 203\.0\.113\.1/);
  });

  for (const [mark, text, words] of [
    ['link-local', '169.254.3.4/16', /finds no server/],
    ['tentative', '198.51.100.9/24', /not known yet/],
    ['duplicate', '198.51.100.9/24', /another machine/],
  ] as const) {
    test(`waits while its address is ${mark}`, () => {
      const desired = plan(site, facts([own(text, mark)], '198.51.100.1'));
      assert.match(waitingFor(desired, 'path fibre-hub') ?? '', words);
      assert.deepEqual(tunnels(desired), ['100.64.2.2']);
      assert.ok(
        !JSON.stringify(desired.resources).includes(`"from":"${text.split('/')[0] ?? ''}"`),
      );
    });
  }

  test('waits for an address of the family', () => {
    assert.equal(
      waitingFor(plan(site, facts([own('2001:db8::1/64')])), 'path fibre-hub'),
      'interface w1 has no ipv4 address',
    );
  });

  test('keeps the address that its tunnel has now', () => {
    const both = [own('100.64.1.2/30'), own('100.64.9.2/30')];
    const inUse = (text: string): readonly string[] =>
      tunnels(
        plan(site, facts(both, 'fe80::1', { tunnelSources: new Map([['wt100', address(text)]]) })),
      );
    const device = plan(site, facts(both)).resources.find((one) => one.kind === 'vxlan');
    assert.equal(device?.kind === 'vxlan' && device.name, 'wt100');
    assert.equal(inUse('100.64.9.2')[0], '100.64.9.2');
    assert.equal(inUse('100.64.1.2')[0], '100.64.1.2');
  });

  test('that everybody is on the link of has a default route without a next hop', () => {
    const machine = facts([own('10.9.9.9/32')]);
    const interfaces = new Map(machine.interfaces);
    interfaces.set('w1', {
      mtu: 1500,
      addresses: [own('10.9.9.9/32')],
      ways: [{ family: 'ipv4', via: undefined }],
    });
    const { resources } = plan(site, { ...machine, interfaces });
    const route = resources.find(
      (one) => one.kind === 'route' && one.destination === 'default' && one.interface === 'w1',
    );
    assert.equal(route?.kind === 'route' ? route.via : 'none', undefined);
  });
});

describe('a tunnel', () => {
  test('has the address of its WAN’s subnet, else the first of the LAN, else none of anybody', () => {
    const desired = (yaml: string): readonly string[] => {
      const site = siteFrom(yaml);
      return plan(site, plainFacts(site)).resources.flatMap((one) =>
        one.kind === 'address' && one.interface.startsWith('wt') && !one.address.startsWith('fe80')
          ? [`${one.interface} ${one.address}/${one.length}`]
          : [],
      );
    };
    const wans = (subnets: readonly string[]): string =>
      subnets
        .map(
          (subnet, index) =>
            `  - { name: w${index}, interface: w${index}, address: 192.0.${index}.2/24, nexthop: 192.0.${index}.1${subnet} }`,
        )
        .join('\n');
    const peers = `
peers:
  - { name: hub, prefixes: [10.20.0.0/16], paths: [{ wan: w0, remote: 203.0.113.1 }, { wan: w1, remote: 203.0.113.2 }] }`;
    assert.deepEqual(
      desired(
        `site: a\nlan: lan0\nwans:\n${wans([", subnets: [10.1.0.0/24, 'fd01::/64']", ', subnet: 10.2.0.0/24'])}${peers}`,
      ),
      ['wt100 10.1.0.1/32', 'wt100 fd01::1/128', 'wt101 10.2.0.1/32', 'wt101 fd01::1/128'],
    );
    assert.deepEqual(
      desired(
        `site: a\nlan: { interface: lan0, addresses: [10.9.0.1/24] }\nwans:\n${wans(['', ', subnet: 10.2.0.0/24'])}${peers}`,
      ),
      ['wt100 10.2.0.1/32', 'wt101 10.2.0.1/32'],
    );
    assert.deepEqual(
      desired(
        `site: a\nlan: { interface: lan0, addresses: ['fd09::1/64'] }\nwans:\n${wans(['', ''])}${peers}`,
      ),
      ['wt100 192.0.0.8/32', 'wt100 fd09::1/128', 'wt101 192.0.0.8/32', 'wt101 fd09::1/128'],
    );
  });
});
