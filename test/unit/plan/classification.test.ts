/** What marks a packet; that it works is tested on the wire (test/netns/gateway/classes.test.ts). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { classTable, trafficMark } from '../../../src/plan/ids.ts';
import { plan } from '../../../src/plan/plan.ts';
import { anySite } from '../../support/any-site.ts';
import { rules, ruleset } from '../../support/ruleset.ts';
import { branch, plainFacts } from '../../support/site.ts';

const site = (...classes: readonly string[]): SiteConfig =>
  branch(2, ['classes:', ...classes.map((one) => `  - ${one}`)].join('\n'));

/** What packets must have for each rule of the first class. */
function asked(match: string): readonly string[] {
  const one = site(`{ name: one, match: ${match} }`);
  const action = ` meta mark set ${trafficMark(one, classTable(one, 0))} accept`;
  return rules(one, 'classify')
    .filter((rule) => rule.endsWith(action))
    .map((rule) => rule.slice(0, -action.length));
}

describe('a packet', () => {
  test('is left alone where there are no classes', () => {
    assert.doesNotMatch(ruleset(branch(2)), /meta mark/);
  });

  test('is left alone if it is TCP, is marked already, or comes from a WAN', () => {
    assert.deepEqual(rules(site('{ name: voice, match: { dscp: EF } }'), 'classify').slice(1, 4), [
      'iifname != { "lan1", "wt100", "wt101" } accept',
      'meta l4proto tcp accept',
      'meta mark != 0x0 accept',
    ]);
  });

  test('is told by its DSCP, in both families', () => {
    assert.deepEqual(asked('{ dscps: [EF, 8] }'), [
      'meta nfproto ipv4 ip dscp { 46, 8 }',
      'meta nfproto ipv6 ip6 dscp { 46, 8 }',
    ]);
  });

  test('is told by the port of either end, unless it is a fragment', () => {
    assert.deepEqual(asked('{ ports: [5060, 16384-32767] }'), [
      'meta nfproto ipv4 ip frag-off & 0x3fff == 0 meta l4proto { udp } th dport { 16384-32767, 5060 }',
      'meta nfproto ipv4 ip frag-off & 0x3fff == 0 meta l4proto { udp } th sport { 16384-32767, 5060 }',
      'meta nfproto ipv6 exthdr frag missing meta l4proto { udp } th dport { 16384-32767, 5060 }',
      'meta nfproto ipv6 exthdr frag missing meta l4proto { udp } th sport { 16384-32767, 5060 }',
    ]);
  });

  test('is told by the prefix of either end, with what else is asked for', () => {
    assert.deepEqual(asked('{ prefix: 10.20.0.0/16, protocol: icmp }'), [
      'meta nfproto ipv4 ip daddr { 10.20.0.0/16 } meta l4proto { icmp, ipv6-icmp }',
      'meta nfproto ipv4 ip saddr { 10.20.0.0/16 } meta l4proto { icmp, ipv6-icmp }',
    ]);
  });

  test('from anywhere is of one family at least', () => {
    assert.deepEqual(asked('{ prefix: 0.0.0.0/0 }'), ['meta nfproto ipv4']);
  });

  test('is in the first class that matches', () => {
    const two = site('{ name: a, match: { dscp: EF } }', '{ name: b, match: { protocol: esp } }');
    assert.deepEqual(
      rules(two, 'classify').flatMap((rule) => /mark set (\S+)/.exec(rule)?.[1] ?? []),
      [0, 0, 1].map((index) => trafficMark(two, classTable(two, index))),
    );
  });

  test('in no class is spread, if all is', () => {
    const all = branch(2, 'recovery: { spread: on }');
    assert.equal(rules(all, 'classify').at(-1), 'goto spread');
    assert.match(
      rules(all, 'spread').join('\n'),
      /map \{ 0-15 : 0x57000082, 16-31 : 0x57000083 \}/,
    );
  });
});

test('every mark is asked for by a rule, and no other but those of the proxy’s processes', () => {
  fc.assert(
    fc.property(anySite, (one) => {
      const set = ruleset(one).match(/0x57(?!0[12])[0-9a-f]{6}/g) ?? [];
      const marks = plan(one, plainFacts(one)).resources.flatMap((rule) =>
        rule.kind === 'rule' && rule.mark !== undefined ? [rule.mark] : [],
      );
      assert.deepEqual(new Set(set), new Set(marks));
    }),
    { numRuns: 50 },
  );
});
