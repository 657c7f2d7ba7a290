/** What a gateway keeps out: strangers on a WAN, forged BFD, and the WAN from the LAN. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropped } from './dropped.ts';
import { eventually } from './gateway-under-test.ts';
import { hostAddress, outsideAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

describe('a gateway', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 1, dualStack: true });
    // Somebody else on the WAN's wire, beside the hub.
    await two.hub.namespace.ip(
      'address add 192.0.2.66/24 dev wan1',
      'address add 2001:db8:66::1/64 dev wan1',
    );
    await two.branch.namespace.ip('route add 192.0.2.0/24 dev wan1');
  });
  after(() => two.remove());

  /** Packets to the tunnels' port from others than the peer. */
  const strangers = async (): Promise<number> =>
    await dropped(two.branch.namespace, 'wan_input', 'udp dport 4789');

  const sendUdp = async (target: string, options: string): Promise<void> => {
    await two.hub.namespace.run(
      'bash',
      '-c',
      `echo x | socat -u - UDP4-SENDTO:${target},${options}`,
    );
  };

  test('drops and counts tunnel packets of a stranger, not those of its peer', async () => {
    const before = await strangers();
    await sendUdp(`${outsideAddress('branch', 1, 'ipv4')}:4789`, 'bind=192.0.2.66');
    await eventually('counted', async () => (await strangers()) === before + 1);
    await two.waitForPaths('up');
    await two.branchHost.run(
      ...['ping', '-c', '1', '-W', '2', '-I', hostAddress('branch', 1), hostAddress('hub', 1)],
    );
    assert.equal(await strangers(), before + 1);
  });

  test('drops and counts BFD that comes from further away than the other end of the tunnel', async () => {
    const target = `[${(await two.branch.namespace.run('ip', '-o', '-6', 'address', 'show', 'dev', 'wt100')).match(/fe80::\S+(?=\/126)/)![0]}%wt100]`;
    await two.hub.namespace.run(
      ...['bash', '-c', `echo x | socat -u - 'UDP6-SENDTO:${target}:3784,ipv6-unicast-hops=254'`],
    );
    await eventually(
      'counted',
      async () => (await dropped(two.branch.namespace, 'input', '3784', 'hoplimit != 255')) > 0,
    );
    await two.waitForPaths('up');
  });

  test('does not forward from a WAN to its LAN', async () => {
    for (const [family, via] of [
      ['ipv4', outsideAddress('branch', 1, 'ipv4')],
      ['ipv6', undefined],
    ] as const) {
      const host = hostAddress('branch', 1, family);
      const linkLocal = /fe80::\S+(?=\/64)/.exec(
        await two.branch.namespace.run('ip', '-o', '-6', 'address', 'show', 'dev', 'wan1'),
      )![0];
      const flag = family === 'ipv4' ? '-4' : '-6';
      const route = [host, 'via', via ?? linkLocal, 'dev', 'wan1', 'table', '99'];
      const rule = ['priority', '10', 'to', host, 'lookup', '99'];
      await two.hub.namespace.run('ip', flag, 'route', 'add', ...route);
      await two.hub.namespace.run('ip', flag, 'rule', 'add', ...rule);
      const source = family === 'ipv4' ? '192.0.2.66' : '2001:db8:66::1';
      const answered = await two.hub.namespace
        .run('ping', '-c', '2', '-i', '0.2', '-W', '1', '-I', source, host)
        .then(() => true)
        .catch(() => false);
      assert.equal(answered, false, family);
      await two.hub.namespace.run('ip', flag, 'rule', 'delete', ...rule);
    }
  });

  test('listens on nothing that a WAN can reach but the tunnel', async () => {
    const text = await two.branch.namespace.run('ss', '-Hlntu');
    const open = text
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[4] ?? '')
      .filter((local) => !/%wt\d+|%lan0|^127\.|^\[::1\]/.test(local));
    for (const local of open) assert.match(local, /:(4789|3784|4784)$/, text);
  });
});
