/** What a closed WAN still lets the gateway do for itself: addresses, names, downloads, path MTUs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import { icmp, udp } from '../../support/packet.ts';
import { droppedAtTheEnd } from './dropped.ts';
import { eventually, GatewayUnderTest } from './gateway-under-test.ts';
import { Namespace } from './namespace.ts';
import { outsideAddress, siteFile } from './site-files.ts';
import { Stranger, STRANGER } from './stranger.ts';
import { TwoGateways } from './two-gateways.ts';

describe('a gateway on a WAN of a provider who hands out addresses', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'wamptcp-wan-life-'));
  const processes: ChildProcess[] = [];
  let provider: Namespace;
  let gateway: GatewayUnderTest;
  let log = '';

  before(async () => {
    chmodSync(temporary, 0o711);
    provider = await Namespace.create('provider');
    const namespace = await Namespace.create('branch');
    await namespace.ip(
      `link add wan1 type veth peer name out netns ${provider.name}`,
      'link add lan0 type veth peer name host',
    );
    await provider.ip(
      'link set out up',
      'address add 192.0.2.1/24 dev out',
      'address add 2001:db8:9::1/64 dev out',
    );
    gateway = new GatewayUnderTest(namespace, siteFile('branch', { wans: 1 }), temporary);
    gateway.writeSite((site) => {
      delete site.wans[0]!.addresses;
    });
    await gateway.must('apply', '-c', gateway.file);
    const [program, ...prefix] = provider.prefix;
    const dnsmasq = spawn(program, [
      ...prefix,
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--log-facility=-',
      '--log-dhcp',
      `--pid-file=${join(temporary, 'dnsmasq.pid')}`,
      `--dhcp-leasefile=${join(temporary, 'leases')}`,
      '--interface=out',
      '--bind-interfaces',
      '--no-resolv',
      '--no-hosts',
      '--no-ping',
      '--address=/packages.example/192.0.2.1',
      '--dhcp-range=192.0.2.100,192.0.2.199,2m',
      '--dhcp-range=2001:db8:9::100,2001:db8:9::1ff,slaac,64,2m',
      '--enable-ra',
      '--user=root',
    ]);
    dnsmasq.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    processes.push(dnsmasq);
    await eventually('the provider serves', () => Promise.resolve(log.includes('started')));
  });
  after(async () => {
    for (const process of processes) process.kill();
    await gateway.remove();
    await provider.endProcesses();
    await provider.remove();
    rmSync(temporary, { recursive: true, force: true });
  });

  const said = (words: string): number => log.split(words).length - 1;

  test('gets an IPv4 address by DHCP, and keeps it by asking again', async () => {
    const [script, told] = [join(temporary, 'udhcpc.sh'), join(temporary, 'udhcpc.told')];
    writeFileSync(
      script,
      `#!/bin/sh\necho "$1" >>${told}\n` +
        '[ "$1" = bound ] && ip address replace "$ip/$mask" dev "$interface"\nexit 0\n',
      { mode: 0o755 },
    );
    const [program, ...prefix] = gateway.namespace.prefix;
    const client = spawn(
      program,
      [...prefix, 'udhcpc', '-f', '-i', 'wan1', '-s', script, '-t', '20', '-T', '1'],
      { stdio: 'ignore' },
    );
    processes.push(client);
    await eventually('a lease', () => Promise.resolve(said('DHCPACK(out)') >= 1));
    await eventually('an address', async () =>
      (await gateway.namespace.run('ip', '-o', '-4', 'address', 'show', 'dev', 'wan1')).includes(
        '192.0.2.1',
      ),
    );
    // Renew now: by unicast, to the server, from port 68 of a socket.
    client.kill('SIGUSR1');
    await eventually('renewed', () =>
      Promise.resolve(readFileSync(told, 'utf8').includes('renew')),
    );
    // Or more: udhcpc misses an answer that comes before it listens, and asks again after a second.
    await eventually('granted again', () => Promise.resolve(said('DHCPACK(out)') >= 2));
  });

  test('gets IPv6 addresses by advertisement and by DHCPv6', async () => {
    const addresses = async (): Promise<string> =>
      await gateway.namespace.run('ip', '-o', '-6', 'address', 'show', 'dev', 'wan1');
    await gateway.namespace.ip('link set wan1 down', 'link set wan1 up');
    await eventually('advertised', async () => (await addresses()).includes('2001:db8:9:'));
    const client = await execa(
      'ip',
      [
        ...['netns', 'exec', gateway.namespace.name, 'timeout', '20', 'dhclient', '-6', '-1'],
        ...['-sf', '/bin/true', '-lf', join(temporary, 'dhclient6'), '-pf', '/dev/null', 'wan1'],
      ],
      { reject: false },
    );
    assert.equal(client.exitCode, 0, client.stderr);
    assert.ok(said('DHCPREPLY(out)') >= 1, log);
  });

  test('is told by DNS what it asks, by sockets of either kind', async () => {
    for (const kind of ['UDP4', 'UDP4-SENDTO', 'UDP4-DATAGRAM']) {
      const question = Buffer.from(
        'abcd01000001000000000000087061636b61676573076578616d706c650000010001',
        'hex',
      );
      const { stdout } = await execa(
        'ip',
        [
          ...['netns', 'exec', gateway.namespace.name],
          ...['socat', '-t', '2', '-', `${kind}:192.0.2.1:53`],
        ],
        { input: question, encoding: 'buffer' },
      );
      const answer = Buffer.from(stdout);
      assert.equal(answer.subarray(0, 2).toString('hex'), 'abcd', kind);
      assert.equal(answer.subarray(-4).join('.'), '192.0.2.1', kind);
    }
  });

  test('downloads by TCP, and closes well', async () => {
    const [program, ...prefix] = provider.prefix;
    const server = spawn(
      program,
      [...prefix, 'socat', '-u', 'SYSTEM:head -c 5000000 /dev/zero', 'TCP4-LISTEN:80,reuseaddr'],
      { stdio: 'ignore' },
    );
    processes.push(server);
    await eventually('listens', async () => {
      return (await provider.run('ss', '-Hlnt')).includes(':80 ');
    });
    const { stdout } = await execa(
      'ip',
      [
        ...['netns', 'exec', gateway.namespace.name],
        ...['timeout', '20', 'socat', '-u', 'TCP4:192.0.2.1:80', '-'],
      ],
      { encoding: 'buffer' },
    );
    assert.equal(stdout.length, 5_000_000);
    const open = ['established', 'fin-wait-1', 'fin-wait-2', 'closing', 'last-ack'];
    const states = open.flatMap((state) => ['state', state]);
    await eventually('nothing hangs at the other end', async () => {
      return (await provider.run('ss', '-Hnt', ...states, 'sport', '=', ':80')).trim() === '';
    });
  });
});

for (const family of ['ipv4', 'ipv6'] as const) {
  describe(`a gateway with tunnels over ${family}`, () => {
    let two: TwoGateways;
    let stranger: Stranger;
    const [own, peer] = [outsideAddress('branch', 1, family), outsideAddress('hub', 1, family)];

    before(async () => {
      two = await TwoGateways.create({ wans: 1, underlay: family });
      stranger = await Stranger.on(two);
    });
    after(async () => {
      stranger.close();
      await two.remove();
    });

    test('learns the path MTU of the outside from a router on the way', async () => {
      // What a router says of a VXLAN packet that was too large for it.
      const vxlan = Buffer.from([8, 0, 0, 0, 0, 0, 100, 0]);
      const lost = udp({ source: own, destination: peer }, [50_000, 4789], vxlan);
      const ends = { source: STRANGER[family], destination: own };
      const mtu = Buffer.from([0, 0, 1400 >> 8, 1400 & 255]);
      const error = Buffer.concat([mtu, lost]);
      await stranger.answersTo(
        family === 'ipv4' ? icmp(ends, 3, 4, error) : icmp(ends, 2, 0, error),
      );
      await eventually('learnt', async () =>
        (await two.branch.namespace.run('ip', 'route', 'get', peer, 'from', own)).includes(
          'mtu 1400',
        ),
      );
    });

    test('takes UDP from whom it has asked, and only from there', async () => {
      const { namespace } = two.branch;
      // A question to the stranger, from a port that stays open.
      const [program, ...prefix] = namespace.prefix;
      const bracketed = (text: string): string => (family === 'ipv6' ? `[${text}]` : text);
      const target = `UDP${family === 'ipv4' ? '4' : '6'}-SENDTO:${bracketed(STRANGER[family])}:5353`;
      const asker = spawn(program, [
        ...[...prefix, 'socat', '-t', '10', '-'],
        `${target},bind=${bracketed(own)}:40001`,
      ]);
      two.onRemove(() => asker.kill());
      let heard = '';
      asker.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
      asker.stdin.write('?');
      await sleep(300);
      const ends = { source: STRANGER[family], destination: own };
      const before = await droppedAtTheEnd(namespace, 'wan_input');
      await stranger.answersTo(
        udp(ends, [5354, 40_001], Buffer.from('another port')),
        udp({ ...ends, source: peer }, [5353, 40_001], Buffer.from('another address')),
        udp(ends, [5353, 40_002], Buffer.from('to another port')),
        udp(ends, [5353, 40_001], Buffer.from('answer')),
      );
      await eventually('the answer', () => Promise.resolve(heard !== ''));
      assert.equal(heard, 'answer');
      assert.equal((await droppedAtTheEnd(namespace, 'wan_input')) - before, 3);
    });
  });
}

describe('a session over a WAN that nothing allows', () => {
  test('goes on through apply, and no new one gets in', async () => {
    const two = await TwoGateways.create({ wans: 1, start: false });
    try {
      const [own, far] = [outsideAddress('branch', 1, 'ipv4'), outsideAddress('hub', 1, 'ipv4')];
      await two.branch.namespace.ip(`address add ${own}/30 dev wan1`);
      await two.hub.namespace.ip(`address add ${far}/30 dev wan1`);
      const [branch, ...inBranch] = two.branch.namespace.prefix;
      const server = spawn(
        branch,
        [...inBranch, 'socat', 'TCP4-LISTEN:22,fork,reuseaddr', 'PIPE'],
        { stdio: 'ignore' },
      );
      two.onRemove(() => server.kill());
      await eventually('listens', async () =>
        (await two.branch.namespace.run('ss', '-Hlnt')).includes(':22 '),
      );
      const [hub, ...inHub] = two.hub.namespace.prefix;
      const session = spawn(hub, [...inHub, 'socat', '-', `TCP4:${own}:22`]);
      two.onRemove(() => session.kill());
      let heard = '';
      session.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
      session.stdin.write('one ');
      await eventually('a session', () => Promise.resolve(heard === 'one '));
      await two.branch.must('apply', '-c', two.branch.file);
      session.stdin.write('two');
      await eventually('it goes on', () => Promise.resolve(heard === 'one two'));
      await assert.rejects(
        two.hub.namespace.run('socat', '-', `TCP4:${own}:22,connect-timeout=2`),
        /timed out/i,
      );
    } finally {
      await two.remove();
    }
  });
});
