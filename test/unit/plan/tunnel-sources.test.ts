/** Whose packets come out of a tunnel, for any site; that it works is tested on the wire (test/netns). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { SiteConfig } from '../../../src/config/site.ts';
import { peerPrefixes } from '../../../src/plan/forwarding.ts';
import { lanPrefixes } from '../../../src/plan/lan.ts';
import { planPaths } from '../../../src/plan/path.ts';
import { anySite } from '../../support/any-site.ts';
import { rules } from '../../support/ruleset.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

function forAnySite(check: (site: SiteConfig) => void): void {
  fc.assert(fc.property(anySite, check), { numRuns: 30 });
}

/** With the rules of the chains that it shares with those of other peers. */
function wholeChain(site: SiteConfig, peer: string): readonly string[] {
  return rules(site, `from_${peer}`).flatMap((rule) => {
    const shared = /^(?:jump|goto) (tunnel_\w+)$/.exec(rule)?.[1];
    return shared === undefined ? [rule] : rules(site, shared);
  });
}

describe('out of the tunnels of any site', () => {
  test('each brings what lies behind its peer, over every path to it', () => {
    forAnySite((site) => {
      for (const path of planPaths(site)) {
        assert.match(
          rules(site, 'prerouting').join('\n'),
          new RegExp(`"${path.device}" : jump from_${path.peer}`),
        );
      }
      for (const peer of site.peers) {
        const chain = wholeChain(site, peer.name);
        for (const family of FAMILIES) {
          const taken = chain.filter((rule) => rule.endsWith('accept')).join('\n');
          const behind = peerPrefixes(peer, family);
          const all = behind.some((prefix) => prefix.endsWith('/0'));
          for (const words of all ? [`meta nfproto ${family} accept`] : behind) {
            assert.ok(taken.includes(words), `${words} in ${taken}`);
          }
        }
        assert.equal(chain.at(-1), 'counter drop');
      }
    });
  });

  test('our own LAN is dropped before anything is taken', () => {
    forAnySite((site) => {
      for (const peer of site.peers) {
        const chain = wholeChain(site, peer.name);
        const taken = chain.findIndex((rule) => rule.endsWith('accept'));
        for (const prefix of FAMILIES.flatMap((family) => lanPrefixes(site, family))) {
          const own = chain.findIndex((rule) => rule.includes(prefix) && rule.endsWith('drop'));
          assert.ok(own >= 0 && own < taken);
        }
      }
    });
  });
});
