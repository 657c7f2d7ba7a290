/** Which interface `host/install` takes by itself: the LAN's, never a VPN's. Needs root. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { execa } from 'execa';

import { Namespace } from '../gateway/namespace.ts';

const INSTALL = resolve(import.meta.dirname, '../../../host/install');

describe('host/install takes', () => {
  const root = mkdtempSync(join(tmpdir(), 'wamptcp-root-'));
  let host: Namespace;
  before(async () => {
    host = await Namespace.create('install');
    await host.ip(
      'link add enp1s0 type veth peer name far0',
      'link add enp2s0 type veth peer name far1',
      'tuntap add tun0 mode tun',
      'tuntap add tap0 mode tap',
      ...['enp1s0', 'far0', 'enp2s0', 'far1', 'tun0', 'tap0'].map((name) => `link set ${name} up`),
      'address add 10.10.1.5/24 dev enp1s0',
      'address add 10.99.0.5/24 dev enp2s0',
      'address add 10.8.0.2/24 dev tun0',
      'address add 10.9.0.2/24 dev tap0',
    );
  });
  afterEach(async () => {
    for (const family of ['-4', '-6']) await host.run('ip', family, 'route', 'flush', 'default');
  });
  after(async () => {
    await host.remove();
    rmSync(root, { recursive: true });
  });

  async function install(): Promise<{ readonly said: string; readonly taken: string }> {
    const [program, ...prefix] = host.prefix;
    const argv = [...prefix, INSTALL, '--client', 'none', '--root', root];
    const { all } = await execa(program, argv, { all: true, reject: false });
    const settings = /^INTERFACES=(.*)$/m.exec(
      readFileSync(join(root, 'etc/wamptcp-host.conf'), 'utf8'),
    );
    return { said: all, taken: settings?.[1] ?? '' };
  }

  test('the one with the default route, and says which', async () => {
    await host.ip('route add default via 10.99.0.1 dev enp2s0 metric 200');
    await host.ip('route add default via 10.10.1.1 dev enp1s0 metric 100');
    const { said, taken } = await install();
    assert.equal(taken, 'enp1s0');
    assert.match(said, /interface enp1s0, by its default route; another one: --interface/);
  });

  test('no VPN, though all else goes by it', async () => {
    await host.ip('route add default dev tun0 metric 1');
    await host.ip('route add default via 10.9.0.1 dev tap0 metric 2');
    await host.ip('route add default via 10.10.1.1 dev enp1s0 metric 100');
    const { said, taken } = await install();
    assert.equal(taken, 'enp1s0');
    assert.match(said, /passed over tun0: .*\n.*passed over tap0/);
  });

  test('one of several next hops, and one that has IPv6 only', async () => {
    const hops = 'nexthop via 10.10.1.1 dev enp1s0 nexthop via 10.99.0.1 dev enp2s0';
    await host.ip(`route add default ${hops}`);
    assert.equal((await install()).taken, 'enp1s0');
    await host.run('ip', '-4', 'route', 'flush', 'default');
    await host.run('ip', '-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'enp2s0');
    assert.equal((await install()).taken, 'enp2s0');
  });

  test('none where only a VPN has one, and says so', async () => {
    await host.ip('route add default dev tun0');
    const { said } = await install();
    assert.match(said, /no default route tells the interface: name it by --interface/);
  });
});
