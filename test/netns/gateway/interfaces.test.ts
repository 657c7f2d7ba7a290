/** Interfaces and addresses that change under a running gateway: in the end everything is right. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { hostAddress } from './site-files.ts';
import { buildLan, buildWan, TwoGateways } from './two-gateways.ts';

describe('under a running gateway', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2 });
  });
  after(() => two.remove());

  const nothingToChange = async (gateway: GatewayUnderTest): Promise<void> => {
    const text = await gateway.must('plan', '-c', gateway.file, '--json');
    assert.deepEqual((JSON.parse(text) as { changes: unknown[] }).changes, []);
  };

  test('a WAN that vanishes is waited for, its subnet goes by the other', async () => {
    await two.branch.namespace.ip('link delete wan1');
    // Of a veth pair both ends vanish.
    await two.waitForPaths('waiting', 'up');
    await two.waitForCarriers(2, 2);
    const { waiting } = await two.branch.status();
    assert.ok(waiting.some(({ reason }) => reason === 'interface wan1 does not exist'));
  });

  test('when it is there again it gets its address, tunnel and traffic back', async () => {
    await buildWan(two, 1, 1500);
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
    assert.deepEqual((await two.branch.status()).waiting, []);
    await nothingToChange(two.branch);
  });

  test("a WAN's new MTU is that of its tunnel, and the clamp follows the smallest", async () => {
    await two.branch.namespace.ip('link set wan2 mtu 1400');
    await eventually('the MTU of wt101', async () =>
      / mtu 1350 /.test(await two.branch.namespace.run('ip', '-o', 'link', 'show', 'wt101')),
    );
    await eventually('the clamp', async () =>
      /size set 1310/.test(
        await two.branch.namespace.run('nft', 'list', 'table', 'inet', 'wamptcp'),
      ),
    );
    await two.waitForPaths('up', 'up');
    await nothingToChange(two.branch);
  });

  test('a LAN interface that is made anew gets its addresses and carries traffic', async () => {
    await two.branch.namespace.ip('link delete lan0');
    await buildLan(two.branch.namespace, two.branchHost, 'branch', { wans: 2 });
    await eventually('a host is reached', async () =>
      two.branchHost
        .run(
          ...['ping', '-c', '1', '-W', '1', '-I', hostAddress('branch', 1), hostAddress('hub', 1)],
        )
        .then(() => true)
        .catch(() => false),
    );
    await nothingToChange(two.branch);
  });

  test('a next hop that changes in the site file is applied without touching the other WAN', async () => {
    two.branch.writeSite((site) => (site.wans[0]!.nexthops = ['192.0.2.6']));
    await two.branch.must('apply', '-c', two.branch.file);
    const routes = await two.branch.namespace.run('ip', 'route', 'show', 'table', '5101');
    assert.match(routes, /default via 192\.0\.2\.6 dev wan1/);
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });
});

describe('with a WAN whose address another program manages', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2, start: false });
    two.branch.writeSite((site) => delete site.wans[0]!.addresses);
    await Promise.all(two.gateways.map((gateway) => gateway.start()));
  });
  after(() => two.remove());

  const underlay = async (): Promise<string> =>
    await two.branch.namespace.run('ip', 'route', 'show', 'table', '5101');

  test('its path waits for an address, and comes up when there is one', async () => {
    await two.branch.waitForPaths('waiting', 'up');
    await two.branch.namespace.ip('address add 192.0.2.5/24 dev wan1');
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });

  test('a default route that it gets, changes and loses is followed', async () => {
    await two.branch.namespace.ip('route add default via 192.0.2.6 dev wan1');
    await eventually('followed', async () => /default via 192\.0\.2\.6/.test(await underlay()));
    await two.branch.namespace.ip('route replace default via 192.0.2.7 dev wan1');
    await eventually('changed', async () => /default via 192\.0\.2\.7/.test(await underlay()));
    await two.branch.namespace.ip('route delete default');
    await eventually('gone', async () => !/default/.test(await underlay()));
    await two.waitForPaths('up', 'up');
  });

  test('an address that changes is followed by the tunnel', async () => {
    await two.branch.namespace.ip(
      'address add 192.0.2.65/30 dev wan1',
      'address delete 192.0.2.5/24 dev wan1',
    );
    // All links: this one is made anew, so for a moment there is none.
    await eventually('followed', async () =>
      /wt100: .*local 192\.0\.2\.65/.test(
        await two.branch.namespace.run('ip', '-d', '-o', 'link', 'show'),
      ),
    );
    await two.branch.namespace.ip(
      'address add 192.0.2.5/30 dev wan1',
      'address delete 192.0.2.65/30 dev wan1',
    );
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });
});
