/**
 * A gateway whose main table knows more than WANs: a layer-3 switch behind the LAN, a container bridge,
 * and routes that nobody has cleaned up. Everything lies behind the hub (`0.0.0.0/0`).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './gateway-under-test.ts';
import { hostAddress, subnet } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

/** Behind the switch, which is the branch's host here. */
const INNER = { network: '10.50.0.0/24', address: '10.50.0.1', ipv6: '2001:db8:50::1' };
const SWITCH = hostAddress('branch', 1);
const SERVER = hostAddress('hub', 0);
const CONTAINER = '172.17.0.2';
/** Everything of the peer's that a WAN sees outside of a tunnel. */
const LISTENER = `table inet seen {
  chain receive {
    type filter hook prerouting priority -500;
    iifname "wan*" ip daddr { 10.0.0.0/8, 172.16.0.0/12 } counter
    iifname "wan*" ip6 daddr { 2001:db8:10::/44, 2001:db8:20::/48, 2001:db8:50::/48 } counter
  }
}
`;

describe('the main table of a gateway', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2, dualStack: true, start: false });
    const { branch, hub, branchHost, hubHost } = two;
    branch.writeSite((site) => (site.peers[0]!.prefixes = ['0.0.0.0/0', '::/0']));
    hub.writeSite((site) => (site.peers[0]!.prefixes = [INNER.network, '2001:db8:50::/48']));
    for (const gateway of two.gateways) await gateway.start();
    await two.waitForPaths('up', 'up');
    await hub.namespace.nft(LISTENER);
    await branchHost.ip(`address add ${INNER.address}/32 dev lo`);
    await branchHost.ip(`address add ${INNER.ipv6}/128 dev lo`);
    await branchHost.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    await hubHost.ip('link set lo up');
  });
  after(() => two.remove());

  const main = async (...lines: string[]): Promise<void> => {
    await two.branch.namespace.ip(...lines.map((line) => `route ${line}`));
  };
  const isReached = async (from: 'branchHost' | 'hubHost' | 'branch', ...ping: string[]) => {
    const namespace = from === 'branch' ? two.branch.namespace : two[from];
    return await namespace
      .run('ping', '-q', '-c', '1', '-W', '1', ...ping)
      .then(() => true)
      .catch(() => false);
  };
  const reached = async (from: 'branchHost' | 'hubHost' | 'branch', ...ping: string[]) => {
    await eventually(`${from}: ${ping.join(' ')}`, () => isReached(from, ...ping));
  };
  /** Of what the gateway itself sends. */
  const own = async (to: string): Promise<string> => {
    const text = await two.branch.namespace.run('ip', '-o', 'route', 'get', to);
    return /\bdev (\S+)/.exec(text)?.[1] ?? text;
  };
  /** Without knowing whether the daemon has looked at it yet, what is asked must always hold. */
  const looked = async (): Promise<void> => {
    await main('add 172.31.255.0/24 dev lan0');
    await eventually('the daemon has seen the main table', async () => {
      return (await two.branch.device(SWITCH, '172.31.255.9')) === 'lan0';
    });
    await main('delete 172.31.255.0/24 dev lan0');
    await eventually('and that it has changed again', async () => {
      return (await two.branch.device(SWITCH, '172.31.255.9')).startsWith('wt');
    });
  };

  test('what a switch behind the LAN leads to is reached from the LAN, the hub and the gateway', async () => {
    await main(`add ${INNER.network} via ${SWITCH}`);
    await two.branch.namespace.run(
      ...['ip', '-6', 'route', 'add', '2001:db8:50::/64', 'via', hostAddress('branch', 1, 'ipv6')],
    );
    for (const address of [INNER.address, INNER.ipv6]) {
      await reached('hubHost', address);
      await reached('branch', address);
    }
    await reached('branchHost', '-I', INNER.address, SERVER);
    await reached('branchHost', '-I', INNER.ipv6, hostAddress('hub', 0, 'ipv6'));
  });

  test('TCP of a subnet still takes the WAN of its subnet', async () => {
    assert.equal(await two.branch.device(hostAddress('branch', 1), SERVER), 'wt100');
    assert.equal(await two.branch.device(hostAddress('branch', 2), SERVER), 'wt101');
    assert.equal(await two.branch.device(hostAddress('branch', 2), INNER.address), 'lan0');
  });

  test('a network of another interface is reached while it is there', async () => {
    await two.branch.namespace.ip(
      `link add docker0 type veth peer name ctr0 netns ${two.hubHost.name}`,
      'link set docker0 up',
      'address add 172.17.0.1/16 dev docker0',
    );
    await eventually('it is no peer’s', async () => {
      return (await two.branch.device(SWITCH, CONTAINER)) === 'docker0';
    });
    assert.equal(await own(CONTAINER), 'docker0');
    await two.branch.namespace.ip('link delete docker0');
    await eventually('gone, it is behind the hub like everything else', async () => {
      return (await two.branch.device(SWITCH, CONTAINER)).startsWith('wt');
    });
  });

  for (const [what, ...routes] of [
    ['as long as a prefix of the peer', `${subnet('hub', 1)} via 192.0.2.6`],
    ['longer, out of a WAN', '10.20.1.0/25 via 192.0.2.6', '10.20.1.128/25 dev wan2'],
    ['shorter, to the LAN', `10.0.0.0/8 via ${SWITCH}`],
    ['shorter, unreachable', 'unreachable 10.0.0.0/8'],
    ['longer, unreachable', 'blackhole 10.20.1.0/28', 'unreachable 10.20.1.2/32'],
    ['by a WAN and the LAN', `10.20.1.0/26 nexthop via ${SWITCH} nexthop via 192.0.2.6`],
  ] as const) {
    test(`a route of a peer's prefix takes nothing off the tunnels: ${what}`, async () => {
      await main(...routes.map((route) => `add ${route}`));
      await looked();
      for (const to of [hostAddress('hub', 1), hostAddress('hub', 1, 'ipv4', 200)]) {
        assert.match(await two.branch.device(hostAddress('branch', 2), to), /^wt/, to);
        assert.match(await two.branch.device(INNER.address, to, 'udp'), /^wt/, to);
        assert.match(await own(to), /^wt/, to);
      }
      assert.ok(await isReached('branchHost', hostAddress('hub', 1)));
      assert.equal(await two.branch.device(SWITCH, INNER.address), 'lan0', 'the switch is reached');
      await main(...routes.map((route) => `delete ${route}`));
    });
  }

  test('a network on a WAN that is also behind the peer is looked for behind the peer', async () => {
    await two.branch.namespace.ip('address add 10.20.1.77/24 dev wan2');
    await looked();
    assert.match(await two.branch.device(hostAddress('branch', 2), hostAddress('hub', 1)), /^wt/);
    assert.match(await own(hostAddress('hub', 1)), /^wt/);
    assert.ok(await isReached('branchHost', hostAddress('hub', 1)));
    await two.branch.namespace.ip('address delete 10.20.1.77/24 dev wan2');
  });

  test('the gateway itself still talks to its neighbours on a WAN, and hosts do not', async () => {
    assert.equal(await own('192.0.2.6'), 'wan1');
    assert.match(await two.branch.device(SWITCH, '192.0.2.6'), /^wt/);
    await two.branch.namespace.ip('address add 192.168.8.100/24 dev wan2');
    await eventually('a modem', async () => (await own('192.168.8.1')) === 'wan2');
    assert.match(await two.branch.device(SWITCH, '192.168.8.1'), /^wt/);
    await two.branch.namespace.ip('address delete 192.168.8.100/24 dev wan2');
    await looked();
  });

  test('nothing of all that was seen in clear', async () => {
    const counters = await two.hub.namespace.run('nft', 'list', 'table', 'inet', 'seen');
    assert.equal((counters.match(/counter packets 0 /g) ?? []).length, 2, counters);
  });

  test('a second comparison finds nothing to do, and down leaves nothing', async () => {
    await two.branch.stop();
    const planned = await two.branch.must('plan', '-c', two.branch.file, '--json');
    assert.deepEqual((JSON.parse(planned) as { changes: unknown[] }).changes, []);
    await two.branch.must('down', '-c', two.branch.file);
    const left = await two.branch.namespace.run('ip', '-N', 'route', 'show', 'table', 'all');
    assert.doesNotMatch(left, /proto (87|12)\b/);
  });
});
