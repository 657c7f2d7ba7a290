/**
 * A WAN is taken out of service and put back on purpose: nothing is lost, and nobody takes it for a
 * failure.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation } from './conversation.ts';
import { eventually } from './gateway-under-test.ts';
import { TwoGateways } from './two-gateways.ts';

/** Long enough that a loss in the hundreds of milliseconds before and after would be in it. */
const AROUND_MS = 400;

describe('a drained WAN', () => {
  let two: TwoGateways;
  /** Before that a path may have come up late, on a busy machine. */
  let drainedAt = 0;
  before(async () => {
    // A drain is announced and needs no detection; on a busy machine nothing else may look like a failure.
    two = await TwoGateways.create({ wans: 2, detection: { interval: '50ms', multiplier: 8 } });
  });
  after(() => two.remove());

  const assertNothingLostDuring = async (work: () => Promise<void>): Promise<void> => {
    const conversation = await Conversation.start(two, { wans: [1], rate: 1000 });
    await sleep(AROUND_MS);
    await work();
    await sleep(AROUND_MS);
    const [losses] = await conversation.end();
    assert.ok(losses!.toHub.sent > AROUND_MS, 'too slow to show anything');
    assert.deepEqual([losses!.toHub.lost, losses!.toBranch.lost], [0, 0]);
  };

  test('loses no packet of 1,000 a second in either direction, and both ends leave it', async () => {
    await assertNothingLostDuring(async () => {
      drainedAt = Date.now();
      await two.branch.must('wan', 'drain', 'w1');
      await two.waitForCarriers(2, 2);
    });
  });

  test('is called drained on this end and drained by the peer on the other', async () => {
    await two.branch.waitForPaths('drained', 'up');
    await two.hub.waitForPaths('drained-by-peer', 'up');
    assert.equal((await two.branch.status()).wans[0]!.state, 'drained');
    assert.equal((await two.hub.status()).wans[0]!.state, 'drained');
  });

  test('is no failure in the events of either end', async () => {
    for (const [gateway, words] of [
      [two.branch, /drained here/],
      [two.hub, /drained by branch/],
    ] as const) {
      const down = await gateway.waitForEvent(
        'w1 down',
        ({ kind, at }) => kind === 'path-down' && at >= drainedAt,
      );
      assert.match(down.text, words);
      await gateway.waitForEvent('w1 moved', (event) => event.kind === 'drained');
      const failures = await gateway.events('repair', 'no-path');
      assert.deepEqual(
        failures.filter(({ at }) => at >= drainedAt),
        [],
      );
    }
  });

  test('stays drained when the daemon is killed and started again', async () => {
    await two.branch.stop('SIGKILL');
    await two.branch.start();
    await two.branch.waitForPaths('drained', 'up');
    await two.waitForCarriers(2, 2);
    await two.hub.waitForPaths('drained-by-peer', 'up');
  });

  test('stays drained when the path engine is killed and started again', async () => {
    const before = two.branch.enginePid();
    process.kill(before, 'SIGKILL');
    await eventually('another BIRD', async () => {
      const { engine } = await two.branch.status();
      return engine.running && engine.pid !== before;
    });
    await two.branch.waitForPaths('drained', 'up');
    await two.hub.waitForPaths('drained-by-peer', 'up');
    await two.waitForCarriers(2, 2);
  });

  test('comes back without loss, to both ends', async () => {
    await assertNothingLostDuring(async () => {
      await two.branch.must('wan', 'restore', 'w1');
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
    });
  });

  test('can be drained from the other end as well, and from both', async () => {
    const drain = async (): Promise<unknown> =>
      JSON.parse(await two.hub.must('wan', 'drain', 'w1', '--json')) as unknown;
    assert.deepEqual(await drain(), { wan: 'w1', drained: true, changed: true });
    assert.deepEqual(await drain(), { wan: 'w1', drained: true, changed: false });
    await two.branch.waitForPaths('drained-by-peer', 'up');
    await two.branch.must('wan', 'drain', 'w1');
    await two.waitForPaths('drained', 'up');
    await two.waitForCarriers(2, 2);
    // One end alone does not bring it back.
    await two.hub.must('wan', 'restore', 'w1');
    await two.hub.waitForPaths('drained-by-peer', 'up');
    await two.waitForCarriers(2, 2);
    await two.branch.must('wan', 'restore', 'w1');
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });

  test('that is really cut meanwhile stays out of use, and is no longer called drained', async () => {
    await two.branch.must('wan', 'drain', 'w1');
    await two.hub.waitForPaths('drained-by-peer', 'up');
    await two.cut(1);
    await two.hub.waitForPaths('down', 'up');
    await two.heal(1);
    await two.hub.waitForPaths('drained-by-peer', 'up');
    await two.branch.must('wan', 'restore', 'w1');
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });

  test('that is the last one is drained by force only', async () => {
    await two.branch.must('wan', 'drain', 'w2');
    await two.waitForCarriers(1, 1);
    const { exitCode, stderr } = await two.branch.wamptcp('wan', 'drain', 'w1');
    assert.equal(exitCode, 2);
    assert.match(stderr, /w1 is not drained: no other WAN leads to hub\n.*--force/);
    await two.branch.waitForPaths('up', 'drained');
  });

  test('goes on carrying traffic then, and command and event say so', async () => {
    const begun = Date.now();
    await assertNothingLostDuring(async () => {
      const said = await two.branch.must('wan', 'drain', 'w1', '--force');
      assert.match(said, /nothing else leads to hub: that traffic stays on w1\./);
      await two.branch.waitForPaths('drained', 'drained');
      await two.hub.waitForPaths('drained-by-peer', 'drained-by-peer');
    });
    await two.waitForCarriers(1, 1);
    for (const gateway of two.gateways) {
      await gateway.waitForEvent(
        'all drained',
        ({ at, text }) =>
          at >= begun &&
          text ===
            'every path to hub is drained; traffic stays on w1-hub'.replaceAll(
              'hub',
              gateway.side === 'branch' ? 'hub' : 'branch',
            ),
      );
      const wrong = await gateway.events('no-path', 'repair');
      assert.deepEqual(
        wrong.filter(({ at }) => at >= begun),
        [],
      );
    }
  });

  test('comes back with the others', async () => {
    await assertNothingLostDuring(async () => {
      await two.branch.must('wan', 'restore', 'w2');
      await two.waitForCarriers(2, 2);
      await two.branch.must('wan', 'restore', 'w1');
      await two.waitForCarriers(1, 2);
    });
  });

  test('is told as drained also where the notification of the kernel was missed', async () => {
    const since = Date.now();
    // Until it is started anew, a second later, nobody hears what the kernel says.
    process.kill(await monitorOf(two.branch), 'SIGKILL');
    await two.branch.must('wan', 'drain', 'w1');
    await two.branch.waitForEvent(
      'w1 moved',
      ({ kind, at, wan }) => kind === 'drained' && wan === 'w1' && at >= since,
    );
    await two.waitForCarriers(2, 2);
    await two.branch.must('wan', 'restore', 'w1');
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
  });

  test('must be one that there is', async () => {
    const { exitCode, stderr } = await two.branch.wamptcp('wan', 'drain', 'w7');
    assert.equal(exitCode, 2);
    assert.match(stderr, /has no WAN w7[^]*w1, w2/);
  });
});

/** The process by which a daemon hears of the kernel's changes. */
async function monitorOf({ daemonPid }: TwoGateways['branch']): Promise<number> {
  return await eventually('`ip monitor` runs', async () => {
    const children = await readFile(`/proc/${daemonPid}/task/${daemonPid}/children`, 'utf8');
    for (const pid of children.trim().split(' ').map(Number)) {
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      if (words[0] === 'ip' && words.includes('monitor') && words.includes('route')) return pid;
    }
    return undefined;
  });
}
