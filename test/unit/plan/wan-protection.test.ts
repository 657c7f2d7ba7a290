/** What a WAN may say, for any site; that it works is tested on the wire (test/netns). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { directFamilies } from '../../../src/plan/direct-path.ts';
import { lanPrefixes } from '../../../src/plan/lan.ts';
import { anySite } from '../../support/any-site.ts';
import { rules, ruleset } from '../../support/ruleset.ts';
import { branch, siteFrom } from '../../support/site.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

function forAnySite(check: (site: SiteConfig) => void): void {
  fc.assert(fc.property(anySite, check), { numRuns: 30 });
}

describe('on the WANs of any site', () => {
  test('what no rule takes is counted and dropped', () => {
    forAnySite((site) => {
      assert.equal(rules(site, 'wan_input').at(-1), 'counter drop');
      for (const wan of site.wans) {
        assert.match(
          rules(site, 'prerouting').join('\n'),
          new RegExp(`"${wan.interface}" : jump wan_prerouting`),
        );
      }
    });
  });

  test('the port of the tunnels is open to peers alone', () => {
    forAnySite((site) => {
      const about = rules(site, 'wan_input').filter((rule) =>
        rule.startsWith(`udp dport ${site.tunnel.port} `),
      );
      assert.equal(about.at(-1), `udp dport ${site.tunnel.port} counter drop`);
      // Others note from which port a peer comes, and let nothing in.
      for (const rule of about.slice(0, -1).filter((each) => / accept$/.test(each))) {
        const remotes = site.peers.flatMap((peer) => peer.paths.map((path) => path.remote));
        const [, named = ''] = /saddr \{ (.*) \} accept$/.exec(rule) ?? [];
        for (const address of named.split(', ')) assert.ok(remotes.includes(address as never));
      }
    });
  });

  test('what others send to that port is noted for the VNIs of our paths, and dropped', () => {
    forAnySite((site) => {
      const all = rules(site, 'wan_input');
      const noted = all.filter((rule) => rule.includes('@tunnel_strangers_'));
      const vnis = site.peers.flatMap((peer) => peer.paths.map(({ vni }) => vni));
      const told = noted.flatMap(
        (rule) => /@th,96,24 \{ (.*?) \}/.exec(rule)?.[1]?.split(', ') ?? [],
      );
      assert.deepEqual(told.map(Number).sort(), vnis.sort());
      for (const rule of noted) assert.doesNotMatch(rule, /accept/);
    });
  });

  test('every prefix of the LAN is dropped as a source and as a destination', () => {
    forAnySite((site) => {
      const dropped = rules(site, 'wan_prerouting').filter((rule) => rule.endsWith('counter drop'));
      for (const prefix of FAMILIES.flatMap((family) => lanPrefixes(site, family))) {
        for (const end of ['saddr', 'daddr']) {
          assert.ok(dropped.some((rule) => rule.includes(end) && rule.includes(prefix)));
        }
      }
    });
  });

  test('nothing is tracked but for direct WANs', () => {
    forAnySite((site) => {
      if (directFamilies(site).length > 0) return;
      assert.doesNotMatch(ruleset(site), /\bct\b|masquerade|\b[sd]nat\b|notrack/);
    });
  });
});

describe('`allow` of a WAN', () => {
  const site = siteFrom(
    [
      'site: branch',
      'lan: lan1',
      'wans:',
      '  - name: one',
      '    interface: w1',
      '    subnet: 10.10.1.0/24',
      '    allow:',
      '      - { port: 22, from: 198.51.100.0/24 }',
      '      - { protocol: udp, port: 161, from: 2001:db8:51::/48 }',
      '  - name: two',
      '    interface: w2',
      '    subnet: 10.10.2.0/24',
      "    allow: [{ port: 443, from: '::/0' }]",
      'peers:',
      '  - name: hub',
      '    prefixes: [10.20.0.0/16]',
      '    paths: [{ wan: one, remote: 203.0.113.1 }, { wan: two, remote: 203.0.113.5 }]',
    ].join('\n'),
  );

  test('opens one port of one WAN to one network', () => {
    const opened = rules(site, 'wan_input').filter((rule) => rule.startsWith('iifname'));
    assert.deepEqual(opened, [
      'iifname "w1" ip saddr 198.51.100.0/24 tcp dport 22 accept',
      'iifname "w1" ip6 saddr 2001:db8:51::/48 udp dport 161 accept',
      'iifname "w2" meta nfproto ipv6 tcp dport 443 accept',
    ]);
  });

  test('is nothing by default', () => {
    const opened = rules(branch(2), 'wan_input').filter((rule) => rule.startsWith('iifname'));
    assert.deepEqual(opened, []);
  });
});
