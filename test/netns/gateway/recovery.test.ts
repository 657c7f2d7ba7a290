/** Fast Recovery: where the subnets of a WAN go while it is down, and that they come back. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { detourOrders } from '../../../src/plan/detours.ts';
import { Conversation } from './conversation.ts';
import { hostAddress, outsideAddress, subnet } from './site-files.ts';
import { eventually, foundAtStart } from './gateway-under-test.ts';
import { TwoGateways } from './two-gateways.ts';

const WANS = [1, 2, 3, 4];

describe('Fast Recovery', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 4 });
    // What every gateway of a branch has: a way to the Internet, in clear.
    const router = outsideAddress('hub', 1, 'ipv4');
    await two.branch.namespace.ip(`route add default via ${router} dev wan1`);
  });
  after(() => two.remove());

  /** The devices by which the kernels send between the subnets of WAN `wan`, there and back. */
  const devices = async (wan: number): Promise<readonly string[]> => {
    const [branch, hub] = [hostAddress('branch', wan), hostAddress('hub', wan)];
    return [await two.branch.device(branch, hub), await two.hub.device(hub, branch)];
  };

  const assertNothingLeaks = async (): Promise<void> => {
    for (const from of WANS) {
      for (const to of [0, ...WANS]) {
        const ends = [hostAddress('branch', from), hostAddress('hub', to)] as const;
        for (const protocol of ['tcp', 'udp', 'icmp'] as const) {
          const device = await two.branch.device(...ends, protocol);
          const what = `${protocol} from ${subnet('branch', from)} to ${subnet('hub', to)}`;
          assert.match(device, /^wt\d+$/, what);
        }
      }
    }
    // The gateway itself, and what else comes from no subnet of a WAN, does not leak either.
    for (const protocol of ['tcp', 'udp', 'icmp']) {
      const words = ['route', 'get', hostAddress('hub', 0), 'ipproto', protocol];
      assert.match(await two.branch.namespace.run('ip', '-o', ...words), /dev wt\d+/, protocol);
    }
  };

  const failed = (first: number, second: number): void => {
    test(`while WANs ${first} and ${second} are down, the others share their subnets as planned`, async () => {
      const orders = detourOrders(WANS.map(() => 1));
      const down = [first, second];
      await two.cut(first);
      await two.cut(second);
      await two.waitForPaths(...WANS.map((wan) => (down.includes(wan) ? 'down' : 'up')));
      const carriers = WANS.map((wan) =>
        down.includes(wan)
          ? orders[wan - 1]!.map((index) => index + 1).find((other) => !down.includes(other))!
          : wan,
      );
      assert.notEqual(carriers[first - 1], carriers[second - 1], 'both on one, none on the other');
      await two.waitForCarriers(...carriers);
      await assertNothingLeaks();

      await two.heal(first);
      await two.heal(second);
      await two.waitForPaths('up', 'up', 'up', 'up');
      await two.waitForCarriers(1, 2, 3, 4);
    });
  };

  test('with all WANs up, every subnet goes by its own', async () => {
    await two.waitForCarriers(1, 2, 3, 4);
    for (const wan of WANS) {
      assert.deepEqual(await devices(wan), [`wt${99 + wan}`, `wt${99 + wan}`]);
    }
    await assertNothingLeaks();
  });

  test('a subnet moves to its planned detour on both ends, in the kernel as in the status', async () => {
    const detour = detourOrders(WANS.map(() => 1))[0]![0]! + 1;
    await two.cut(1);
    await two.waitForPaths('down', 'up', 'up', 'up');
    await two.waitForCarriers(detour, 2, 3, 4);
    assert.deepEqual(await devices(1), [`wt${99 + detour}`, `wt${99 + detour}`]);
    assert.deepEqual(await devices(2), ['wt101', 'wt101'], 'the others do not move');
    await assertNothingLeaks();
    const conversation = await Conversation.start(two, { wans: [1], rate: 200 });
    await sleep(200);
    const [losses] = await conversation.end();
    assert.ok(losses!.toHub.sent > 0 && losses!.toBranch.sent > 0);
    assert.deepEqual([losses!.toHub.lost, losses!.toBranch.lost], [0, 0]);
  });

  test('it comes back when the WAN does', async () => {
    await two.heal(1);
    await two.waitForPaths('up', 'up', 'up', 'up');
    await two.waitForCarriers(1, 2, 3, 4);
    assert.deepEqual(await devices(1), ['wt100', 'wt100']);
  });

  test('both ends say what they did, in this order: down, repair, revert', async () => {
    for (const gateway of two.gateways) {
      const story = await eventually('w1 is back', async () => {
        const told = await gateway.events('path-down', 'repair', 'revert');
        const ofWan = told.filter(({ wan }) => wan === 'w1');
        // Before that stands what came of the paths not coming up all at once.
        const failure = ofWan.findIndex((one) => one.kind === 'path-down' && !foundAtStart(one));
        assert.notEqual(failure, -1, 'the failure is told');
        return ofWan.at(-1)?.kind === 'revert' && ofWan.slice(failure);
      });
      assert.deepEqual(
        story.map((event) => event.kind),
        ['path-down', 'repair', 'revert'],
      );
      assert.ok(story[1]!.switchMs !== undefined, 'the time from verdict to switch is told');
    }
  });

  failed(1, 2);
  failed(1, 3);
  failed(2, 4);

  test('with all WANs down, every subnet waits on its own, and nothing leaks', async () => {
    for (const wan of WANS) await two.cut(wan);
    await two.waitForPaths('down', 'down', 'down', 'down');
    await two.waitForCarriers(1, 2, 3, 4);
    await assertNothingLeaks();
    for (const gateway of two.gateways) {
      await gateway.waitForEvent('no path', (event) => event.kind === 'no-path');
    }
  });

  test('the first WAN that comes back carries everything', async () => {
    await two.heal(3);
    await two.waitForPaths('down', 'down', 'up', 'down');
    await two.waitForCarriers(3, 3, 3, 3);
    await assertNothingLeaks();
    for (const wan of [1, 2, 4]) await two.heal(wan);
    await two.waitForPaths('up', 'up', 'up', 'up');
    await two.waitForCarriers(1, 2, 3, 4);
  });

  test('a WAN whose failure the peer sees first is no different', async () => {
    // Only one direction, so the two ends learn of it in different ways; they agree in the end.
    await two.cut(2, 'to-hub');
    await two.waitForPaths('up', 'down', 'up', 'up');
    const [there, back] = await devices(2);
    assert.equal(there, back);
    await two.heal(2, 'to-hub');
    await two.waitForPaths('up', 'up', 'up', 'up');
  });
});

describe('Fast Recovery turned off', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2, recovery: { fast: false } });
  });
  after(() => two.remove());

  test('the subnet of a failed WAN stays on it, on both ends', async () => {
    await two.cut(1);
    await two.waitForPaths('down', 'up');
    await two.branch.waitForEvent('plain traffic moves', (event) => event.kind === 'repair');
    await two.waitForCarriers(1, 2);
    assert.equal(await two.branch.device(hostAddress('branch', 1), hostAddress('hub', 1)), 'wt100');
    assert.equal(await two.hub.device(hostAddress('hub', 1), hostAddress('branch', 1)), 'wt100');
  });

  test('what is not TCP fails over all the same, and TCP that belongs to no WAN', async () => {
    const { best, fastRecovery } = await two.branch.status();
    assert.deepEqual(best, [{ peer: 'hub', path: 'w2-hub', detour: true }]);
    const udp = [hostAddress('branch', 1), hostAddress('hub', 1), 'udp'] as const;
    assert.equal(await two.branch.device(...udp), 'wt101');
    const ofNoWan = ['route', 'get', hostAddress('hub', 0), 'ipproto', 'tcp'];
    assert.match(await two.branch.namespace.run('ip', '-o', ...ofNoWan), /dev wt101/);
    assert.equal(fastRecovery, false);
    await two.heal(1);
    await two.waitForPaths('up', 'up');
    await two.branch.waitForEvent('plain traffic returns', (event) => event.kind === 'revert');
  });

  test('a drain still moves it, on both ends: that is a wish, not a recovery', async () => {
    await two.branch.must('wan', 'drain', 'w1');
    await two.waitForCarriers(2, 2);
    await two.branch.must('wan', 'restore', 'w1');
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });
});

describe('with detours named in the file', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 3, start: false });
    two.branch.writeSite((site) => (site.wans[0]!.detours = ['w3', 'w2']));
    await Promise.all(two.gateways.map((gateway) => gateway.start()));
    await two.waitForPaths('up', 'up', 'up');
  });
  after(() => two.remove());

  test('their order is kept, until none of them is left', async () => {
    await two.cut(1);
    await two.branch.waitForCarriers(3, 2, 3);
    await two.cut(3);
    await two.branch.waitForCarriers(2, 2, 2);
    await two.heal(3);
    await two.branch.waitForCarriers(3, 2, 3);
  });
});
