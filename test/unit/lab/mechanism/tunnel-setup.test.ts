/** What a tunnel between two gateways is made of, from two site files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';

import { parseSite } from '../../../../src/config/parse.ts';
import type { SiteConfig } from '../../../../src/config/site.ts';
import type { Command } from '../../../../src/lab/link/command.ts';
import {
  tunnelDeviceCommands,
  tunnelSetup,
  withoutTunnelDevice,
} from '../../../../src/lab/mechanism/tunnel-setup.ts';
import { socketAddress } from '../../../../src/lab/mechanism/tunnel-socket.ts';
import { address } from '../../../../src/net/address.ts';
import { prefix } from '../../../../src/net/prefix.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../examples');

function site(file: string): SiteConfig {
  const path = join(EXAMPLES, file);
  const parsed = parseSite(readFileSync(path, 'utf8'), path);
  assert.ok(parsed.ok);
  return parsed.value.site;
}

const branch = site('branch-two-wans.yaml');
const hub = site('hub-two-wans.yaml');
const words = ({ argv }: Command): string => argv.join(' ');

describe('tunnelSetup', () => {
  const setup = tunnelSetup(branch, hub);

  test('the hub listens on its LAN, the branch calls from its address in the subnet of each WAN', () => {
    assert.equal(setup.listen, '10.20.0.1');
    assert.deepEqual(setup.from, ['10.10.1.1', '10.10.2.1']);
  });

  test('each end takes what is behind the other', () => {
    assert.deepEqual(setup.toHub, ['10.20.0.0/16']);
    assert.deepEqual(setup.toBranch, ['10.10.1.0/24', '10.10.2.0/24']);
  });

  test('sites that are no peers have no tunnel', () => {
    assert.throws(() => tunnelSetup({ ...branch, peers: [] }, hub), { code: 'TUNNEL_NO_WAY' });
  });

  test('nor has a WAN without a subnet a subflow', () => {
    const wans = branch.wans.map((wan, index) => (index === 0 ? wan : { ...wan, subnets: [] }));
    assert.throws(() => tunnelSetup({ ...branch, wans }, hub), { code: 'TUNNEL_NO_WAY' });
  });
});

describe('the device of a tunnel', () => {
  const destinations = [prefix('10.20.0.0/16'), prefix('fd20::/16')];
  const made = tunnelDeviceCommands('n', branch, destinations, 100).map(words);

  test('gets the TCP that comes from the LAN, of both families, before all other rules', () => {
    assert.ok(
      made.includes(
        'ip -n n -4 rule add iif lan0 to 10.20.0.0/16 ipproto tcp lookup 5300 priority 4900',
      ),
    );
    assert.ok(
      made.includes(
        'ip -n n -6 rule add iif lan0 to fd20::/16 ipproto tcp lookup 5300 priority 4900',
      ),
    );
    assert.ok(made.includes('ip -n n -6 route add fd20::/16 dev site-tunnel table 5300'));
  });

  test('is taken away with every rule', () => {
    const removed = withoutTunnelDevice('n', branch, destinations).map(words);
    const rules = made.filter((each) => each.includes(' rule add '));
    assert.deepEqual(removed, [
      ...rules.map((each) => each.replace('rule add', 'rule delete')),
      'ip -n n link delete site-tunnel',
    ]);
  });
});

describe('socketAddress', () => {
  test('of IPv4 is a sockaddr_in', () => {
    const octets = Buffer.from(socketAddress(address('10.20.0.1'), 5790)).toString('hex');
    assert.equal(octets, `0200169e0a140001${'00'.repeat(8)}`);
  });

  test('of IPv6 is a sockaddr_in6', () => {
    const octets = Buffer.from(socketAddress(address('fd20::1'), 5790)).toString('hex');
    assert.equal(octets, `0a00169e00000000fd20${'00'.repeat(13)}0100000000`);
  });
});
