/**
 * The daemon plans and observes, the engine repairs: whichever of the two dies, and whenever,
 * forwarding goes on, repairs are made, and the next daemon takes over what it finds.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation } from './conversation.ts';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { hostAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

/** The kernel's own view, which needs no daemon. */
async function waitForDevice(
  gateway: GatewayUnderTest,
  wan: number,
  device: string,
): Promise<void> {
  const far = gateway.side === 'branch' ? 'hub' : 'branch';
  const [from, to] = [hostAddress(gateway.side, wan), hostAddress(far, wan)];
  let seen = '';
  await eventually(
    () => `${gateway.side}: w${wan} by ${device}, but by ${seen}`,
    async () => (seen = await gateway.device(from, to)) === device,
  );
}

/** Everything the kernel announces in the namespace until `work` is done. */
async function kernelChangesDuring(
  gateway: GatewayUnderTest,
  work: () => Promise<void>,
): Promise<readonly string[]> {
  const [program, ...prefix] = gateway.namespace.prefix;
  const monitor = spawn(
    program,
    [...prefix, 'ip', '-o', 'monitor', 'link', 'address', 'route', 'rule', 'neigh'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  monitor.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  await sleep(200);
  await work();
  await sleep(200);
  monitor.kill('SIGKILL');
  return text.split('\n').filter((line) => line !== '');
}

describe('a daemon that dies', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2 });
  });
  after(() => two.remove());

  test('is not missed by the next outage: killed on both ends, it is repaired and reverted', async () => {
    const engines = two.gateways.map((gateway) => gateway.enginePid());
    await Promise.all(two.gateways.map((gateway) => gateway.stop('SIGKILL')));
    const conversation = await Conversation.start(two, { wans: [1, 2], rate: 200 });
    await sleep(200);
    await two.cut(1);
    await Promise.all(two.gateways.map((gateway) => waitForDevice(gateway, 1, 'wt101')));
    await sleep(200);
    await two.heal(1);
    await Promise.all(two.gateways.map((gateway) => waitForDevice(gateway, 1, 'wt100')));
    await sleep(200);
    const [cut, whole] = await conversation.end();
    for (const loss of [cut!.toHub, cut!.toBranch]) {
      assert.ok(loss.lost > 0, 'the cut was felt');
      assert.ok(loss.silence < 1500, `a pause of ${loss.silence} ms`);
    }
    assert.deepEqual([whole!.toHub.lost, whole!.toBranch.lost], [0, 0]);
    assert.deepEqual(
      two.gateways.map((gateway) => gateway.enginePid()),
      engines,
    );
  });

  test('during an outage does not hinder the return', async () => {
    await Promise.all(two.gateways.map((gateway) => gateway.start()));
    await two.waitForPaths('up', 'up');
    await two.cut(2);
    await two.waitForCarriers(1, 1);
    await Promise.all(two.gateways.map((gateway) => gateway.stop('SIGKILL')));
    await two.heal(2);
    await Promise.all(two.gateways.map((gateway) => waitForDevice(gateway, 2, 'wt101')));
  });

  test('is followed by one that adopts what it finds and touches nothing', async () => {
    const engine = two.branch.enginePid();
    const changes = await kernelChangesDuring(two.branch, async () => {
      await two.branch.start();
      await two.branch.waitForPaths('up', 'up');
    });
    // Probes make the kernel look at a neighbour again; that is no change of ours.
    const ours = changes.filter((line) => !/REACHABLE|STALE|DELAY|PROBE/.test(line));
    assert.deepEqual(ours, []);
    assert.equal(two.branch.enginePid(), engine);
    assert.equal((await two.branch.status()).engine.restarts, 0);
  });

  test('during an outage is followed by one that knows of it and sees its end', async () => {
    await two.hub.start();
    await two.cut(1);
    await two.waitForCarriers(2, 2);
    await two.branch.stop('SIGKILL');
    await two.branch.start();
    await two.branch.waitForPaths('down', 'up');
    await two.branch.waitForCarriers(2, 2);
    await two.heal(1);
    await two.branch.waitForPaths('up', 'up');
    await two.branch.waitForCarriers(1, 2);
  });

  test('leaves events behind to which the next one adds', async () => {
    const started = await two.branch.events('daemon-started');
    assert.equal(started.length, 4);
    await two.branch.waitForEvent(
      'the return of w1',
      (event) => event.kind === 'revert' && event.at > started.at(-1)!.at,
    );
    const printed = await two.branch.must('events', '--json');
    assert.equal(printed.trim().split('\n').length, (await two.branch.events()).length);
  });

  test('a second one in the same namespace refuses, and says what to do instead', async () => {
    const { exitCode, stderr } = await two.branch.wamptcp('run', '-c', two.branch.file);
    assert.equal(exitCode, 1);
    assert.match(stderr, /a wamptcp daemon runs in this network namespace/);
    assert.match(stderr, /wamptcp apply -c FILE/);
    await two.branch.waitForPaths('up', 'up');
  });

  test('SIGTERM ends it with 0 and leaves forwarding as it is', async () => {
    const conversation = await Conversation.start(two, { wans: [1, 2], rate: 200 });
    const changes = await kernelChangesDuring(two.branch, async () => {
      assert.equal(await two.branch.stop('SIGTERM'), 0);
    });
    assert.deepEqual(
      changes.filter((line) => !/REACHABLE|STALE|DELAY|PROBE/.test(line)),
      [],
    );
    for (const { toHub, toBranch } of await conversation.end()) {
      assert.deepEqual([toHub.lost, toBranch.lost], [0, 0]);
    }
    assert.equal((await two.branch.events()).at(-1)!.kind, 'daemon-stopped');
    const { exitCode, stderr } = await two.branch.wamptcp('status');
    assert.equal(exitCode, 1);
    assert.match(stderr, /no wamptcp daemon runs/);
    await two.branch.start();
  });

  test('what status --json prints is what the API serves', async () => {
    const printed = JSON.parse(await two.branch.must('status', '--json')) as { site: string };
    const served = await two.branch.status();
    assert.deepEqual(Object.keys(printed), Object.keys(served));
    assert.equal(printed.site, 'branch');
  });
});

/** What is down is told to the engine a second later, for the case that nothing else is known. */
async function knowsTheDeadOne(gateway: GatewayUnderTest): Promise<void> {
  await eventually('w1 last in the order of last resort', async () =>
    /'wt100' \{ preference = 100; \}/.test(readFileSync(gateway.directory.engineConfig, 'utf8')),
  );
}

describe('a path engine that dies', () => {
  let two: TwoGateways;
  before(async () => {
    // An engine that ends is a flap to the peer; here there are many.
    two = await TwoGateways.create({ wans: 2, recovery: { damping: false } });
  });
  after(() => two.remove());

  const killEngine = async (gateway: GatewayUnderTest): Promise<void> => {
    const before = gateway.enginePid();
    process.kill(before, 'SIGKILL');
    await eventually('another BIRD', async () => {
      const { engine } = await gateway.status();
      return engine.pid !== null && engine.pid !== before;
    });
  };

  for (const side of ['branch', 'hub'] as const) {
    test(`at the ${side} is started again, and nothing is lost in either direction`, async () => {
      const conversation = await Conversation.start(two, { wans: [1, 2], rate: 500 });
      await sleep(200);
      await killEngine(two[side]);
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
      for (const { toHub, toBranch } of await conversation.end()) {
        assert.deepEqual([toHub.lost, toBranch.lost], [0, 0]);
      }
      await two[side].waitForEvent('told', (event) => event.kind === 'engine-restarted');
      assert.equal((await two[side].status()).engine.restarts, 1);
    });

    test(`at the ${side} while a WAN is down: the detour is kept, nothing goes to the dead one`, async () => {
      await two.cut(1);
      await two.waitForCarriers(2, 2);
      await Promise.all(two.gateways.map(knowsTheDeadOne));
      const conversation = await Conversation.start(two, { wans: [1, 2], rate: 500 });
      await sleep(200);
      await killEngine(two[side]);
      await two.waitForPaths('down', 'up');
      await two.waitForCarriers(2, 2);
      for (const { toHub, toBranch } of await conversation.end()) {
        assert.deepEqual([toHub.lost, toBranch.lost], [0, 0]);
      }
      await two.heal(1);
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
    });
  }

  test('and whose daemon is dead, too, leaves routes that the next apply takes over untouched', async () => {
    const { branch } = two;
    await branch.stop('SIGKILL');
    process.kill(branch.enginePid(), 'SIGKILL');
    const changes = await kernelChangesDuring(branch, async () => {
      await branch.must('apply', '-c', branch.file);
    });
    assert.deepEqual(
      changes.filter((line) => /^Deleted .* table 5\d{3} /.test(line)),
      [],
    );
    await branch.start();
    await two.waitForPaths('up', 'up');
  });

  test('and stays dead with its daemon: both ends go on forwarding', async () => {
    const { branch } = two;
    await two.cut(1);
    await two.waitForCarriers(2, 2);
    await Promise.all(two.gateways.map(knowsTheDeadOne));
    // What fails within a second of it would be taken for one failure with it.
    await sleep(1500);
    await branch.stop('SIGKILL');
    process.kill(branch.enginePid(), 'SIGKILL');
    // The peer sees every path die, and keeps to the one that it saw alive last.
    await two.hub.waitForPaths('down', 'down');
    await sleep(2000);
    const conversation = await Conversation.start(two, { wans: [1, 2], rate: 200 });
    await sleep(500);
    for (const { toHub, toBranch } of await conversation.end()) {
      assert.deepEqual([toHub.lost, toBranch.lost], [0, 0]);
    }
    await two.heal(1);
    await branch.start();
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });
});
