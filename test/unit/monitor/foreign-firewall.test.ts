/** What firewalls of others make of a packet of ours, by the rules as `nft -j` prints them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { judge, parseForeignChains } from '../../../src/monitor/foreign-firewall.ts';
import type { Judgement, TestPacket } from '../../../src/monitor/foreign-firewall.ts';
import { address } from '../../../src/net/address.ts';

const TUNNEL: TestPacket = {
  hook: 'input',
  family: 'ipv4',
  protocol: 'udp',
  incoming: 'wan0',
  outgoing: undefined,
  source: address('203.0.113.1'),
  destination: undefined,
  port: 4789,
};

type Expressions = readonly Readonly<Record<string, unknown>>[];

const is = (left: unknown, right: unknown, op = '=='): Readonly<Record<string, unknown>> => ({
  match: { op, left, right },
});
const meta = (key: string) => ({ meta: { key } });
const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });
const accept = { accept: null };
const drop = { drop: null };
const counter = { counter: { packets: 0, bytes: 0 } };

/** One base chain on the hook, and chains that it may jump to. */
function judged(
  rules: readonly Expressions[],
  {
    policy = 'accept',
    packet = {},
    others = {},
    family = 'inet',
  }: {
    policy?: string;
    packet?: Partial<TestPacket>;
    others?: Readonly<Record<string, readonly Expressions[]>>;
    family?: string;
  } = {},
): Judgement {
  const tried = { ...TUNNEL, ...packet };
  const base = { family, table: 'fw', name: 'base', type: 'filter', hook: tried.hook, policy };
  const all = [['base', rules] as const, ...Object.entries(others)];
  const json = JSON.stringify({
    nftables: [
      { metainfo: {} },
      { table: { family, name: 'fw' } },
      { chain: base },
      ...Object.keys(others).map((name) => ({ chain: { family, table: 'fw', name } })),
      ...all.flatMap(([chain, list]) =>
        list.map((expr) => ({ rule: { family, table: 'fw', chain, expr } })),
      ),
    ],
  });
  const [chain] = parseForeignChains(json);
  assert.ok(chain);
  return judge(chain, tried);
}

describe('a chain of others', () => {
  const port = (number: unknown, op?: string) => is(field('udp', 'dport'), number, op);
  const CASES: readonly (readonly [string, Judgement, Parameters<typeof judged>])[] = [
    ['accepts by its policy', 'passes', [[]]],
    ['drops by its policy', 'dropped', [[], { policy: 'drop' }]],
    ['drops at its end', 'dropped', [[[counter, drop]]]],
    ['rejects at its end', 'dropped', [[[{ reject: { type: 'icmpx' } }]]]],
    ['rejects by iptables', 'dropped', [[[{ xt: { type: 'target', name: 'REJECT' } }]]]],
    ['accepts our port', 'passes', [[[port(4789), accept]], { policy: 'drop' }]],
    ['accepts another port', 'dropped', [[[port(53), accept]], { policy: 'drop' }]],
    ['accepts a set of ports', 'passes', [[[port({ set: [53, 4789] }), accept], [drop]]]],
    ['accepts a range', 'passes', [[[port({ range: [4000, 5000] }), accept], [drop]]]],
    ['drops all but a port', 'dropped', [[[port(53, '!='), drop]]]],
    ['drops another protocol', 'passes', [[[is(field('tcp', 'dport'), 4789), drop]]]],
    ['accepts the interface', 'passes', [[[is(meta('iifname'), 'wan*'), accept], [drop]]]],
    ['accepts another interface', 'dropped', [[[is(meta('iifname'), 'lo'), accept], [drop]]]],
    [
      'accepts the source',
      'passes',
      [[[is(field('ip', 'saddr'), { prefix: { addr: '203.0.113.0', len: 24 } }), accept], [drop]]],
    ],
    [
      'accepts what is established',
      'dropped',
      [[[is({ ct: { key: 'state' } }, ['established', 'related'], 'in'), accept], [drop]]],
    ],
    [
      'accepts what is established, by iptables',
      'dropped',
      [[[{ xt: { type: 'match', name: 'conntrack' } }, accept], [drop]]],
    ],
    ['accepts by a mark', 'may-be-dropped', [[[is(meta('mark'), 5), accept], [drop]]]],
    [
      'accepts by a named set',
      'may-be-dropped',
      [[[is(meta('iifname'), '@mine'), accept], [drop]]],
    ],
    ['drops beyond a limit', 'may-be-dropped', [[[{ limit: { rate: 1 } }, drop]]]],
    [
      'jumps to one that accepts',
      'passes',
      [[[{ jump: { target: 'zone' } }], [drop]], { others: { zone: [[accept]] } }],
    ],
    [
      'jumps to one that comes back',
      'dropped',
      [[[{ jump: { target: 'zone' } }], [drop]], { others: { zone: [[port(53), accept]] } }],
    ],
    [
      'goes to one that does not come back',
      'passes',
      [[[{ goto: { target: 'zone' } }], [drop]], { others: { zone: [[port(53), drop]] } }],
    ],
    [
      'maps the interface to one that drops',
      'dropped',
      [
        [
          [
            {
              vmap: {
                key: meta('iifname'),
                data: { set: [['wan0', { jump: { target: 'zone' } }]] },
              },
            },
          ],
        ],
        { others: { zone: [[drop]] } },
      ],
    ],
    ['jumps in a circle', 'passes', [[[{ jump: { target: 'base' } }]]]],
    ['is of the other family', 'passes', [[], { policy: 'drop', family: 'ip6' }]],
    [
      'is of our family',
      'dropped',
      [[], { policy: 'drop', family: 'ip6', packet: { family: 'ipv6', source: undefined } }],
    ],
  ];
  for (const [what, expected, args] of CASES) {
    test(`that ${what}: ${expected}`, () => {
      assert.equal(judged(...args), expected);
    });
  }

  test('is not asked on another hook, nor when it translates addresses', () => {
    const chain = (table: string, type: string, hook: string) => ({
      chain: { family: 'inet', table, name: 'c', type, hook, policy: 'drop' },
    });
    const chains = parseForeignChains(
      JSON.stringify({
        nftables: [
          chain('x', 'nat', 'input'),
          chain('x', 'filter', 'forward'),
          chain('x', 'filter', 'ingress'),
        ],
      }),
    );
    assert.deepEqual(
      chains.map(({ table, hook }) => [table, hook]),
      [['x', 'forward']],
    );
    assert.equal(judge(chains[0]!, TUNNEL), 'passes');
    assert.deepEqual(parseForeignChains(''), []);
  });

  test('is never said to drop what a rule at its beginning accepts', () => {
    const some = fc.constantFrom<Readonly<Record<string, unknown>>>(
      port(53),
      port(4789),
      is(meta('iifname'), 'wan0'),
      is(meta('mark'), 1),
      is({ unheard: 'of' }, 1),
      counter,
      { xt: { type: 'match', name: 'recent' } },
    );
    const end = fc.constantFrom<Readonly<Record<string, unknown>>>(
      ...[accept, drop, { return: null }, { jump: { target: 'zone' } }, { log: null }],
    );
    const rule = fc
      .tuple(fc.array(some, { maxLength: 2 }), end)
      .map(([all, last]) => [...all, last]);
    const rules = fc.array(rule, { maxLength: 5 });
    fc.assert(
      fc.property(rules, rules, fc.constantFrom('accept', 'drop'), (own, zone, policy) => {
        const first = [port(4789), accept];
        assert.equal(judged([first, ...own], { policy, others: { zone } }), 'passes');
        assert.equal(judged([[port(4789), drop], ...own], { policy, others: { zone } }), 'dropped');
      }),
    );
  });
});
