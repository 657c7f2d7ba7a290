/** The DSCP of our BFD packets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ENGINE_DSCP, formatDscp, parseDscp } from '../../../src/net/dscp.ts';
import { plan } from '../../../src/plan/plan.ts';
import { branch, plainFacts } from '../../support/site.ts';

function ruleset(more: string): string {
  const site = branch(2, more);
  const found = plan(site, plainFacts(site)).resources.find(({ kind }) => kind === 'nftables');
  assert.equal(found?.kind, 'nftables');
  return found.ruleset;
}

test('is what BIRD gives them, unless the site file says another', () => {
  assert.doesNotMatch(ruleset(''), /dscp set/);
  assert.doesNotMatch(ruleset('detection: { dscp: cs6 }'), /dscp set/);
  assert.equal(ruleset('detection: { dscp: 48 }'), ruleset(''));
});

test('is set on the tunnels, before what a drain writes', () => {
  const text = ruleset('detection: { dscp: af41 }');
  assert.match(
    text,
    /chain output \{\n[^}]*oifname \{ "wt100", "wt101" \} udp dport 3784 ip6 dscp set 34\n/,
  );
});

test('every code point has a name that is read again', () => {
  for (let dscp = 0; dscp < 64; dscp += 1) assert.equal(parseDscp(formatDscp(dscp)), dscp);
  assert.equal(formatDscp(ENGINE_DSCP), 'CS6');
});
