/** What `plan` says of each change: the key of the site file and both values, or that the machine changed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { Change } from '../../../src/apply/change.ts';
import { engineParts, lineParts, rulesetParts } from '../../../src/apply/config-parts.ts';
import { diff } from '../../../src/apply/diff.ts';
import { withReasons } from '../../../src/apply/reasons.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import type { Facts } from '../../../src/plan/facts.ts';
import { NO_OVERRIDES } from '../../../src/plan/overrides.ts';
import type { Overrides } from '../../../src/plan/overrides.ts';
import { plan } from '../../../src/plan/plan.ts';
import { resourceKey } from '../../../src/plan/resource.ts';
import type { Resource } from '../../../src/plan/resource.ts';
import { branch, plainFacts } from '../../support/site.ts';

const site = branch(2);

/** The changes from a machine that has `resources` to `after`, `before` being applied. */
function reasons(
  after: SiteConfig | undefined,
  before: SiteConfig | undefined,
  change: (resource: Resource) => Resource | undefined = (one) => one,
  facts: Facts = plainFacts(branch(3)),
  overrides: Overrides = NO_OVERRIDES,
): ReadonlyMap<string, string> {
  const applied = before && plan(before, plainFacts(before));
  const observed = (applied?.resources ?? [])
    .flatMap((one) => change(one) ?? [])
    .map((resource) => ({ resource, owned: true }));
  const { changes } = diff(after && plan(after, facts, overrides), observed, new Map());
  const told = withReasons(changes, {
    site: after,
    facts,
    before: before && plan(before, facts),
  });
  assert.deepEqual(told.map(withoutReason), changes.map(withoutReason));
  return new Map(told.map((one) => [`${one.action} ${resourceKey(one.resource)}`, one.reason]));
}

function withoutReason(change: Change): unknown {
  return { ...change, reason: '' };
}

const withPath = (part: Partial<SiteConfig['peers'][number]['paths'][number]>): SiteConfig => ({
  ...site,
  peers: site.peers.map((peer) => ({
    ...peer,
    paths: peer.paths.map((path, index) => (index === 0 ? { ...path, ...part } : path)),
  })),
});

describe('the reason of a change', () => {
  test('is that it is new, at the first apply', () => {
    assert.deepEqual(new Set(reasons(site, undefined).values()), new Set(['new']));
  });

  test('is that the site is taken down', () => {
    const all = [...reasons(undefined, site).values()];
    assert.ok(all.length > 10);
    assert.deepEqual(new Set(all), new Set(['the site is taken down']));
  });

  test('names the key and both values of what the file says now', () => {
    const other = withPath({ remote: '203.0.113.9' as never });
    assert.equal(
      reasons(other, site).get('change forwarding-entry 02:57:02:00:00:64 wt100'),
      'remote 203.0.113.1 → 203.0.113.9 (peers[hub].paths[wan1].remote)',
    );
    const moved = { ...site, tunnel: { ...site.tunnel, port: 5000 } };
    for (const action of ['remove', 'add']) {
      const told = reasons(moved, site).get(`${action} vxlan wt101`);
      assert.equal(told, 'UDP port 4789 → 5000 (tunnel.port)');
    }
    const behind = withPath({ nat: true });
    assert.equal(
      reasons(behind, site).get('add vxlan wt100'),
      'source port none → 4789 (peers[hub].paths[wan1].nat)',
    );
  });

  test('names what of the machine it follows from', () => {
    const facts = plainFacts(site);
    const smaller = new Map(facts.interfaces).set('w1', {
      ...facts.interfaces.get('w1')!,
      mtu: 1450,
    });
    const told = reasons(site, site, undefined, { ...facts, interfaces: smaller });
    assert.match(
      told.get('change vxlan wt100')!,
      /tunnel MTU 1450 → 1400: w1 has MTU 1450 \(ipv4 outside\)/,
    );
  });

  test('is that something was taken away or changed here, when the file is the same', () => {
    const told = reasons(site, site, (one) => {
      if (one.kind === 'rule' && one.from === '10.10.1.0/24') return undefined;
      if (one.kind === 'engine') return undefined;
      if (one.kind === 'nftables') return { ...one, ruleset: 'table inet wamptcp {\n}\n' };
      return one.kind === 'sysctl' && one.key.at(-1) === 'rp_filter' ? { ...one, value: '1' } : one;
    });
    const texts = [...told.values()];
    assert.ok(texts.includes('was gone from this machine'));
    assert.ok(texts.includes('was changed on this machine: value 1 → 2'));
    assert.equal(told.get('add engine'), 'was not running');
    assert.match(told.get('change nftables')!, /^was changed on this machine: chain .* \(new\)/);
  });

  test('names what is new of a site that grows, and what it is rid of', () => {
    const grown = reasons(branch(2), branch(1));
    assert.equal(grown.get('add vxlan wt101'), 'new: peers[hub].paths[wan2]');
    assert.equal(grown.get('add address 10.10.2.1 lan1'), 'new: wans[wan2].subnets');
    assert.equal(grown.get('add address 192.0.2.10 w2'), 'new: wans[wan2].address');
    assert.match(grown.get('change engine')!, /BFD session of path wan2-hub \(new\)/);
    assert.match(grown.get('change nftables')!, /chain wan_prerouting/);
    const shrunk = reasons(branch(1), branch(2));
    assert.equal(shrunk.get('remove vxlan wt101'), 'no longer in the site file');
  });

  test('is never empty, nor only that something is missing or differs', () => {
    const sites = [branch(1), branch(2), branch(3), branch(2, 'detection: { interval: 20ms }')];
    const any = fc.option(fc.constantFrom(...sites), { nil: undefined });
    fc.assert(
      fc.property(any, any, fc.integer({ min: 2, max: 9 }), (after, before, nth) => {
        let count = 0;
        const told = reasons(after, before, (one) => (++count % nth === 0 ? undefined : one));
        for (const reason of told.values()) {
          assert.notEqual(reason, '');
          assert.doesNotMatch(reason, /^(missing|differs in)|object Object|undefined/);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('of the text for', () => {
  const config = (one: SiteConfig, overrides = NO_OVERRIDES): string => {
    const found = plan(one, plainFacts(one), overrides).resources.find(
      (resource) => resource.kind === 'engine',
    );
    return found!.config;
  };
  const pathOf = (device: string): string => `path-of-${device}`;

  test('BIRD, the timers by their keys, the sessions and ranks by path, the prefixes', () => {
    const slow = branch(2, 'detection: { interval: 20ms, multiplier: 5 }');
    assert.deepEqual(engineParts(config(site), config(slow), pathOf), [
      'detection.interval 50ms → 20ms',
      'detection.multiplier 3 → 5',
    ]);
    const held = { ...NO_OVERRIDES, held: new Set(['wan1-hub']) };
    assert.deepEqual(engineParts(config(site), config(site, held), pathOf), [
      'rank of the routes by path path-of-wt100',
    ]);
    const wider = {
      ...site,
      peers: site.peers.map((peer) => ({
        ...peer,
        prefixes: [...peer.prefixes, '10.30.0.0/16' as never],
      })),
    };
    assert.deepEqual(engineParts(config(site), config(wider), pathOf), [
      'routes to 10.30.0.0/16 (new)',
    ]);
    assert.deepEqual(engineParts(config(site), config(site), pathOf), []);
  });

  test('nftables, the chains and sets', () => {
    const text = (rule: string): string =>
      `table inet x {\n\tset s {\n\t\ttype mark\n\t}\n\tchain a {\n\t\t${rule}\n\t}\n}\n`;
    assert.deepEqual(rulesetParts(text('accept'), text('drop')), ['chain a']);
    assert.deepEqual(rulesetParts('table inet x {\n}\n', text('drop')), [
      'set s (new)',
      'chain a (new)',
    ]);
  });

  test('dnsmasq, the lines, and not more of them than one reads', () => {
    assert.deepEqual(lineParts('port=0\nlog', 'log\nport=53'), ['port=53 (new)', 'port=0 (gone)']);
    assert.deepEqual(lineParts('a\nb', 'b\na'), ['order of its lines']);
    const many = Array.from({ length: 20 }, (_, index) => `line${index}`).join('\n');
    assert.equal(lineParts('', many).length, 7);
  });
});
