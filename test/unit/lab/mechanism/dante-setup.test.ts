/** What Dante with redsocks is told, from two site files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';

import { parseSite } from '../../../../src/config/parse.ts';
import type { SiteConfig } from '../../../../src/config/site.ts';
import { danteSetup } from '../../../../src/lab/mechanism/dante-setup.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../examples');

function site(file: string): SiteConfig {
  const path = join(EXAMPLES, file);
  const parsed = parseSite(readFileSync(path, 'utf8'), path);
  assert.ok(parsed.ok);
  return parsed.value.site;
}

describe('danteSetup', () => {
  const hub = site('hub-two-wans.yaml');
  const setup = danteSetup(site('branch-two-wans.yaml'), hub);

  test('danted serves, and calls servers, by the address of the hub in its LAN', () => {
    assert.match(setup.danted, /^internal: 10\.20\.0\.1 port = 1080$/m);
    assert.match(setup.danted, /^external: 10\.20\.0\.1$/m);
  });

  test('redsocks calls danted', () => {
    assert.match(setup.redsocks, /ip = 10\.20\.0\.1; port = 1080; type = socks5;/);
  });

  test('what begins without MPTCP, from the LAN to what is behind the hub, is taken', () => {
    assert.match(
      setup.steering,
      /iifname \{ "lan0" \} ip daddr \{ 10\.20\.0\.0\/16 \} tcp flags .* tcp option mptcp missing/,
    );
  });

  test('the branch has an endpoint in the subnet of each WAN', () => {
    assert.deepEqual(setup.endpoints, ['10.10.1.1', '10.10.2.1']);
  });

  test('without IPv4 behind the hub there is nothing that redsocks could carry', () => {
    const branch = site('branch-two-wans.yaml');
    const peers = branch.peers.map((peer) => ({ ...peer, prefixes: [] }));
    assert.throws(() => danteSetup({ ...branch, peers }, hub), { code: 'DANTE_IPV4_ONLY' });
  });
});
