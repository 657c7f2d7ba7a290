/** Tunnels on WANs that take little, and on machines that have IPv6 turned off (RFC 8200 section 5). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { hostAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

async function setMtu(two: TwoGateways, wan: number, mtu: number): Promise<void> {
  for (const { namespace } of two.gateways) await namespace.ip(`link set wan${wan} mtu ${mtu}`);
}

async function deviceOf(gateway: GatewayUnderTest, name: string): Promise<string> {
  return await gateway.namespace.run('ip', '-d', '-o', 'link', 'show', name);
}

/** Both ends have seen that MTU, and the path is up. */
async function carried(two: TwoGateways, wan: number, mtu: number): Promise<void> {
  for (const gateway of two.gateways) {
    await eventually(`${gateway.side}: MTU ${mtu} on WAN ${wan}`, async () => {
      const path = await gateway.path(wan);
      return path.deviceMtu === mtu && path.state === 'up';
    });
  }
}

/** @param size octets of the whole packet. */
async function ping(two: TwoGateways, wan: number, size: number, ...options: string[]) {
  const ipv6 = options.includes('-6');
  const family = ipv6 ? 'ipv6' : 'ipv4';
  const result = await execa(
    'ip',
    [
      ...['netns', 'exec', two.branchHost.name, 'ping', '-c', '1', '-W', '2', ...options],
      ...['-s', String(size - (ipv6 ? 48 : 28)), '-I', hostAddress('branch', wan, family)],
      hostAddress('hub', wan, family),
    ],
    { reject: false },
  );
  return { arrives: result.exitCode === 0, text: result.stdout + result.stderr };
}

async function isIdle(gateway: GatewayUnderTest): Promise<void> {
  await eventually(`${gateway.side}: nothing to change`, async () =>
    (await gateway.must('plan', '-c', gateway.file)).includes('Nothing to change'),
  );
}

describe('a WAN whose MTU changes', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({
      ...{ wans: 2, dualStack: true },
      recovery: { damping: false, 'hold-down': '200ms' },
    });
  });
  after(() => two.remove());

  test('keeps its device and its BFD session, five times to 1300 and back', async () => {
    const device = async (): Promise<string> =>
      /^(\d+): wt100/m.exec(await deviceOf(two.branch, 'wt100'))?.[1] ?? '';
    const before = await device();
    const downs = (await two.branch.events('path-down')).length;
    for (let round = 0; round < 5; round += 1) {
      await setMtu(two, 1, 1300);
      await carried(two, 1, 1250);
      await setMtu(two, 1, 1500);
      await carried(two, 1, 1450);
    }
    assert.equal(await device(), before);
    assert.equal((await two.branch.events('path-down')).length, downs);
    assert.deepEqual(await two.branch.events('path-diagnosis'), []);
    for (const gateway of two.gateways) await isIdle(gateway);
  });

  test('carries IPv4 below what IPv6 needs, in packets that fit, and BFD throughout', async () => {
    const downs = (await two.branch.events('path-down')).length;
    for (const mtu of [1329, 1300, 600]) {
      await setMtu(two, 1, mtu);
      await carried(two, 1, mtu - 50);
      // The engine has its routes a moment later.
      let said = '';
      await eventually(
        () => `told what fits: ${mtu - 50}, but ${said}`,
        async () => {
          said = (await ping(two, 1, mtu - 49, '-M', 'do')).text;
          return new RegExp(`mtu ?= ?${mtu - 50}\\b`).test(said);
        },
      );
      assert.ok((await ping(two, 1, mtu - 50, '-M', 'do')).arrives, `${mtu}`);
      assert.ok((await ping(two, 1, 1400, '-M', 'dont')).arrives, `${mtu}, cut`);
    }
    assert.equal((await two.branch.events('path-down')).length, downs);
  });

  test('lets the other WAN be, and its TCP', async () => {
    const { branch } = two;
    const routes = async (table: number): Promise<string> =>
      await branch.namespace.run('ip', '-4', 'route', 'show', 'table', String(table));
    assert.match(await routes(5001), /dev wt100 .*mtu lock 550/);
    assert.doesNotMatch(await routes(5002), /mtu/);
    const rules = await branch.namespace.run('nft', 'list', 'chain', 'inet', 'wamptcp', 'forward');
    const clamps = rules.split('\n').filter((line) => line.includes('maxseg'));
    const of = (device: RegExp): string[] =>
      clamps.filter((line) => device.test(line)).map((line) => /set (\d+)$/.exec(line)?.[1] ?? '');
    assert.deepEqual(of(/"wt100", "wt101"|"wt101", "wt100"/), ['1410', '1410', '1390', '1390']);
    assert.deepEqual(of(/name "wt100" /), ['510', '510', '490', '490']);
  });

  test('is the last that IPv6 goes by, and the reason is said', async () => {
    const { branch } = two;
    const way = async (): Promise<string> =>
      await branch.device(hostAddress('branch', 1, 'ipv6'), hostAddress('hub', 1, 'ipv6'));
    await eventually('by the other', async () => (await way()) === 'wt101');
    assert.equal(await branch.device(hostAddress('branch', 1), hostAddress('hub', 1)), 'wt100');
    const { waiting } = await branch.status();
    const said = waiting.find(({ what }) => what === 'IPv6 by path w1-hub');
    assert.match(said?.reason ?? '', /^wan1 takes packets of 600 octets and IPv6 needs 1330 there/);
    await two.cut(2);
    await eventually('by the only one', async () => (await way()) === 'wt100');
    // All that IPv6 may rely on, though the WAN takes half of it.
    await eventually('1280 octets', async () => (await ping(two, 1, 1280, '-6')).arrives);
    await two.heal(2);
    await two.waitForPaths('up', 'up');
  });

  test('takes over a flow from a WAN that takes more, which goes on', async () => {
    const { branchHost, hubHost } = two;
    const server = execa('ip', [
      ...['netns', 'exec', hubHost.name, 'socat', '-u'],
      ...[`TCP4-LISTEN:7000,bind=${hostAddress('hub', 2)},reuseaddr`, 'SYSTEM:sha256sum >&2'],
    ]);
    two.onRemove(() => server.kill());
    await eventually('listens', async () => (await hubHost.run('ss', '-Hlnt')).includes(':7000 '));
    const client = execa('ip', [
      ...['netns', 'exec', branchHost.name, 'socat', '-u'],
      'SYSTEM:for i in $(seq 60); do head -c 200000 /dev/zero; sleep 0.1; done',
      `TCP4:${hostAddress('hub', 2)}:7000,bind=${hostAddress('branch', 2)}`,
    ]);
    await sleep(1000);
    await two.cut(2);
    await two.waitForCarriers(1, 1);
    await client;
    const { stderr } = await server;
    await two.heal(2);
    await two.waitForPaths('up', 'up');
    const { stdout } = await execa('sh', ['-c', 'head -c 12000000 /dev/zero | sha256sum']);
    assert.ok(stderr.includes(stdout.slice(0, 64)), stderr);
  });

  test('is up at whatever the interface can be set to', async () => {
    for (const mtu of [576, 128, 68, 1279, 1280]) {
      await setMtu(two, 1, mtu);
      await carried(two, 1, Math.max(526, mtu - 50));
      assert.ok((await ping(two, 1, 500)).arrives, `${mtu}`);
    }
    await setMtu(two, 1, 1500);
    await carried(two, 1, 1450);
    for (const gateway of two.gateways) await isIdle(gateway);
  });
});

describe('a machine with IPv6 turned off', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2, start: false });
    for (const { namespace } of two.gateways) await setIpv6(namespace, '1');
    await Promise.all(two.gateways.map((gateway) => gateway.start()));
  });
  after(() => two.remove());

  const setIpv6 = async (namespace: GatewayUnderTest['namespace'], disable: '0' | '1') => {
    for (const where of ['all', 'default']) {
      await namespace.run('sysctl', '-qw', `net.ipv6.conf.${where}.disable_ipv6=${disable}`);
    }
  };
  const reached = async (): Promise<void> => {
    await eventually('a host is reached', async () => (await ping(two, 1, 1400)).arrives);
  };

  test('has its tunnels all the same', async () => {
    await two.waitForPaths('up', 'up');
    await reached();
    for (const gateway of two.gateways) await isIdle(gateway);
  });

  test('gets them back when it is turned off while they are up', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (const disable of ['0', '1'] as const) await setIpv6(two.branch.namespace, disable);
      await eventually('the switch is back', async () =>
        (
          await two.branch.namespace.run('sysctl', '-n', 'net.ipv6.conf.wt100.disable_ipv6')
        ).startsWith('0'),
      );
      await two.waitForPaths('up', 'up');
      await reached();
    }
    await isIdle(two.branch);
  });

  test('is told what to do where the kernel has no IPv6 at all', async () => {
    const { branch } = two;
    const [program, ...prefix] = branch.namespace.prefix;
    const inner = `mount -t tmpfs none /proc/sys/net/ipv6 && exec "$@"`;
    const { exitCode, stderr } = await execa(
      'unshare',
      [
        ...['--mount', program, ...prefix, 'unshare', '--mount', 'sh', '-c', inner, 'sh'],
        ...['bin/wamptcp', 'plan', '-c', branch.file],
      ],
      { reject: false },
    );
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /booted without IPv6/);
    assert.match(stderr, /ipv6\.disable=1/);
  });
});
