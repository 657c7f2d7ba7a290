/**
 * What a machine may do to the addresses and routes of its WANs, on one gateway that leaves them to
 * others: a tunnel over IPv4 on wan1, one over IPv6 on wan2, the LAN's interface made last. Needs root.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { eventually, GatewayUnderTest } from './gateway-under-test.ts';
import { Namespace } from './namespace.ts';
import { siteFile } from './site-files.ts';

const FAR = '2001:db8:ff::2';

describe('a gateway whose WANs others manage', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'wamptcp-outside-'));
  let provider: Namespace;
  let gateway: GatewayUnderTest;

  before(async () => {
    chmodSync(temporary, 0o711);
    provider = await Namespace.create('provider');
    const namespace = await Namespace.create('branch');
    gateway = new GatewayUnderTest(namespace, siteFile('branch', { wans: 2 }), temporary);
    gateway.writeSite((site) => {
      for (const wan of site.wans) delete wan.addresses;
      site.peers[0]!.paths[1]!.remote = FAR;
    });
    await ip(
      `link add wan1 type veth peer name out1 netns ${provider.name}`,
      `link add wan2 type veth peer name out2 netns ${provider.name}`,
      'link set wan1 up',
      'link set wan2 up',
      'address add 198.51.100.2/24 dev wan1',
      'address add 2001:db8:1::7/64 dev wan2',
      'route add default via 198.51.100.1 dev wan1',
      'route add default via 2001:db8:1::1 dev wan2',
    );
    await provider.ip('link set out1 up', 'link set out2 up');
    await gateway.start();
  });
  after(async () => {
    await gateway.remove();
    await provider.endProcesses();
    await provider.remove();
    rmSync(temporary, { recursive: true, force: true });
  });

  async function ip(...lines: string[]): Promise<void> {
    await gateway.namespace.ip(...lines);
  }

  /** The tunnel's outside address; undefined: there is none. */
  async function local(wan: 1 | 2): Promise<string | undefined> {
    const device = `wt${99 + wan}`;
    const text = await gateway.namespace.run('ip', '-d', 'link', 'show', device).catch(() => '');
    return / local (\S+)/.exec(text)?.[1];
  }

  async function untilLocal(wan: 1 | 2, address: string | undefined): Promise<void> {
    await eventually(`tunnel ${wan} from ${address ?? 'nowhere'}`, async () => {
      return (await local(wan)) === address;
    });
  }

  async function untilReason(words: RegExp): Promise<void> {
    await eventually(`the reason ${String(words)}`, async () => {
      return words.test((await gateway.path(1)).reason ?? '');
    });
  }

  async function routeGet(...words: string[]): Promise<string> {
    return await gateway.namespace.run('ip', '-o', 'route', 'get', ...words);
  }

  async function untilDefault(table: number, way: RegExp): Promise<void> {
    await eventually(`table ${table} leads ${String(way)}`, async () =>
      way.test(
        await gateway.namespace.run('ip', 'route', 'show', 'default', 'table', String(table)),
      ),
    );
  }

  test('speaks through tunnels from an address of its LAN, be its interface there or not', async () => {
    const from = / src 10\.10\.[12]\.1 /;
    assert.match(await routeGet('10.20.0.9'), from);
    await ip('link add lan0 type veth peer name host');
    await eventually('the LAN is there', async () =>
      (await gateway.namespace.run('ip', '-br', 'address', 'show', 'dev', 'lan0')).includes(
        '10.10.1.1/24',
      ),
    );
    assert.match(await routeGet('10.20.0.9'), from);
    assert.match(await routeGet('10.20.1.9', 'ipproto', 'tcp'), / dev wt100 .*src 10\.10\.1\.1 /);
    assert.match(await routeGet('10.20.2.9', 'ipproto', 'tcp'), / dev wt101 .*src 10\.10\.2\.1 /);
  });

  test('keeps a tunnel’s address when others come beside it, also for a new daemon', async () => {
    await ip(
      'address add fd00:1::1/64 dev wan2',
      'address add 2001:db8:ff::1/48 dev wan2',
      'address add 198.51.100.9/24 dev wan1',
      'address add 203.0.113.1/24 dev wan1',
    );
    // Later than those, and seen.
    await ip('link set wan1 mtu 1400');
    await eventually('the MTU is followed', async () => (await gateway.path(1)).deviceMtu === 1350);
    await gateway.stop('SIGKILL');
    await gateway.start();
    assert.deepEqual([await local(1), await local(2)], ['198.51.100.2', '2001:db8:1::7']);
    await ip('address delete 2001:db8:1::7/64 dev wan2');
    await untilLocal(2, '2001:db8:ff::1');
    await ip(
      'address delete 2001:db8:ff::1/48 dev wan2',
      'address delete 198.51.100.9/24 dev wan1',
      'address delete 203.0.113.1/24 dev wan1',
      'address add 2001:db8:1::7/64 dev wan2',
    );
    await untilLocal(2, '2001:db8:1::7');
    await untilLocal(1, '198.51.100.2');
  });

  test('leaves a network that a WAN has as well to its LAN, and follows the other WANs', async () => {
    await ip('address flush dev wan1', 'address add 10.10.1.50/24 dev wan1');
    await ip('route add default via 10.10.1.254 dev wan1');
    await untilReason(/10\.10\.1\.50\/24 on wan1 is in the network 10\.10\.1\.0\/24 of our LAN/);
    await untilLocal(1, undefined);
    await ip('address add 2001:db8:2::7/64 dev wan2', 'address delete 2001:db8:1::7/64 dev wan2');
    await untilLocal(2, '2001:db8:2::7');
    assert.match(await routeGet('10.10.1.2'), / dev lan0 .*src 10\.10\.1\.1 /);
    await gateway.stop('SIGKILL');
    await gateway.start();
    await untilReason(/of our LAN/);
    assert.match(await routeGet('10.10.1.2'), / dev lan0 /);
    await eventually('it is said', async () => (await gateway.events('waiting')).length > 0);
    const said = (await gateway.events('waiting')).map(({ text }) => text);
    assert.equal(said.filter((text) => text.includes('10.10.1.50/24')).length, 2, 'once a daemon');
    await ip('address flush dev wan1', 'address add 198.51.100.2/24 dev wan1');
    await ip('route replace default via 198.51.100.1 dev wan1');
    await untilLocal(1, '198.51.100.2');
    await eventually(
      'no rule is left',
      async () => !(await gateway.namespace.run('ip', 'rule')).includes('5005:'),
    );
    await eventually('nothing is waited for', async () => {
      const { waiting } = await gateway.status();
      return waiting.length === 0;
    });
  });

  test('waits for an address when a DHCP client has found no server', async () => {
    await ip('address flush dev wan1', 'address add 169.254.7.8/16 dev wan1 scope global');
    await untilReason(/only 169\.254\.7\.8, .* no server/);
    await untilLocal(1, undefined);
    await ip('address add 198.51.100.2/24 dev wan1');
    await untilLocal(1, '198.51.100.2');
  });

  test('takes default routes without a next hop, with several, and by nexthop objects', async () => {
    await ip('route add default dev wan1');
    await untilDefault(5101, /^default dev wan1/);
    await ip('address add 192.0.2.2/24 dev wan2');
    await ip(
      'route replace default nexthop via 198.51.100.1 dev wan1 nexthop via 192.0.2.1 dev wan2',
    );
    await untilDefault(5101, /via 198\.51\.100\.1 /);
    await untilDefault(5102, /via 192\.0\.2\.1 /);
    await ip('route delete default', 'nexthop add id 7 via 192.0.2.9 dev wan2');
    await ip('route add default nhid 7 metric 9');
    await untilDefault(5102, /via 192\.0\.2\.9 /);
    await ip('route add default via 192.0.2.8 dev wan2 metric 8');
    await untilDefault(5102, /via 192\.0\.2\.8 /);
  });

  test('is heard of a DHCPv6 server that speaks from a global address', async () => {
    const { namespace } = gateway;
    await provider.ip('address add 2001:db8:2::1/64 dev out2');
    const link = /inet6 (fe80:\S+)\//.exec(
      await namespace.run('ip', '-6', 'address', 'show', 'dev', 'wan2', 'scope', 'link'),
    )?.[1];
    assert.ok(link);
    const [program, ...prefix] = namespace.prefix;
    const client = spawn(program, [...prefix, 'socat', '-u', 'UDP6-RECV:546', '-']);
    let heard = '';
    client.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
    const say = (port: number, word: string): Promise<string> =>
      provider.run(
        ...[process.execPath, '-e'],
        `const socket = require('node:dgram').createSocket('udp6');
         socket.bind(${port}, '2001:db8:2::1', () =>
           socket.send('${word}', 546, '${link}%out2', () => socket.close()));`,
      );
    await eventually('it is heard', async () => {
      await say(5000, 'stranger');
      await say(547, 'server');
      return heard.includes('server');
    });
    assert.doesNotMatch(heard, /stranger/);
    client.kill();
  });

  test('differs in nothing from its site file in the end', async () => {
    assert.match(await gateway.must('plan', '-c', gateway.file), /^Nothing to change\.$/m);
  });
});
