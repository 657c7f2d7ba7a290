/**
 * A path that has just come back is not used at once (hold-down), and one that flaps not for longer
 * (damping): as the site file says, told in status and events.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation } from './conversation.ts';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { subnet } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

/** The engine was told to hold w1; it takes part of a second, in which a path could return. */
async function holdIsInPlace(gateway: GatewayUnderTest): Promise<void> {
  const prefix = subnet(gateway.side === 'branch' ? 'hub' : 'branch', 1);
  const kept = new RegExp(`route ${prefix} via \\S+ bfd \\{ preference = 500; \\}`);
  await eventually('w1 held in the engine', async () =>
    kept.test(readFileSync(gateway.directory.engineConfig, 'utf8')),
  );
}

describe('hold-down at the branch, none at the hub', () => {
  const HOLD_DOWN_MS = 2000;
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2, start: false });
    two.branch.writeSite((site) => (site.recovery = { 'hold-down': `${HOLD_DOWN_MS}ms` }));
    await Promise.all(two.gateways.map((gateway) => gateway.start()));
    await two.waitForPaths('up', 'up');
  });
  after(() => two.remove());

  test('paths that are up when the daemon starts are not held', async () => {
    await two.waitForCarriers(1, 2);
  });

  test('a repaired WAN is held, with the reason and the time that is left', async () => {
    await two.cut(1);
    await two.waitForCarriers(2, 2);
    await holdIsInPlace(two.branch);
    await two.heal(1);
    await two.branch.waitForPaths('held', 'up');
    assert.match((await two.branch.path(1)).reason ?? '', /^hold-down for [12] s$/);
    assert.equal(await two.branch.carrier(1), 2);
    await two.hub.waitForPaths('up', 'up');
    await two.hub.waitForCarriers(1, 2);
  });

  test('meanwhile the two directions differ, and nothing is lost by that', async () => {
    const conversation = await Conversation.start(two, { wans: [1], rate: 200 });
    await sleep(300);
    assert.equal(await two.branch.carrier(1), 2, 'the hold-down is over: this shows nothing');
    assert.equal(await two.hub.carrier(1), 1);
    const [losses] = await conversation.end();
    assert.deepEqual([losses!.toHub.lost, losses!.toBranch.lost], [0, 0]);
  });

  test('it returns when the time is over, not before', async () => {
    await two.branch.waitForPaths('up', 'up');
    await two.branch.waitForCarriers(1, 2);
    const up = await two.branch.waitForEvent(
      'w1 up again',
      (event) => event.kind === 'path-up' && event.path === 'w1-hub' && event.afterMs !== undefined,
    );
    const revert = await two.branch.waitForEvent(
      'w1 reverted',
      (event) => event.kind === 'revert' && event.wan === 'w1' && event.at > up.at,
    );
    const waited = revert.at - up.at;
    assert.ok(waited >= HOLD_DOWN_MS - 50, `after ${waited} ms`);
  });

  test('the events say that it was held and released', async () => {
    const held = await two.branch.waitForEvent(
      'held',
      (event) => event.kind === 'path-held' && event.wan === 'w1',
    );
    assert.match(held.text, /w1-hub.*hold-down/);
    await two.branch.waitForEvent(
      'released',
      (event) => event.kind === 'path-released' && event.wan === 'w1',
    );
    assert.deepEqual(await two.hub.events('path-held', 'path-released'), []);
  });

  test('a held path is used at once when nothing better is up', async () => {
    await two.cut(1);
    await two.waitForCarriers(2, 2);
    await two.heal(1);
    await two.branch.waitForPaths('held', 'up');
    await two.cut(2);
    await two.branch.waitForPaths('held', 'down');
    await two.branch.waitForCarriers(1, 1);
    await two.heal(2);
    await two.waitForPaths('up', 'up');
  });
});

describe('damping of a path that flaps', () => {
  const FLAPS = 3;
  const QUIET_MS = 2500;
  let two: TwoGateways;
  before(async () => {
    const damping = { flaps: FLAPS, window: '60s', quiet: `${QUIET_MS}ms` };
    two = await TwoGateways.create({ wans: 2, recovery: { damping } });
  });
  after(() => two.remove());

  const flap = async (): Promise<void> => {
    await two.cut(1);
    await two.waitForPaths('down', 'up');
    await two.waitForCarriers(2, 2);
    await two.heal(1);
  };

  test('below the number of flaps it returns at once', async () => {
    for (let times = 1; times < FLAPS; times++) {
      await flap();
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
    }
  });

  test('with the last flap it is left alone for the quiet time, and both ends say why', async () => {
    await two.cut(1);
    await two.waitForCarriers(2, 2);
    await Promise.all(two.gateways.map(holdIsInPlace));
    await two.heal(1);
    await two.waitForPaths('held', 'up');
    for (const gateway of two.gateways) {
      assert.match((await gateway.path(1)).reason ?? '', /^flapped; damped for \d s$/);
      assert.equal(await gateway.carrier(1), 2);
      await gateway.waitForEvent('damped', (event) => /flaps and is damped/.test(event.text));
    }
  });

  test('another flap while it is damped begins the quiet time anew', async () => {
    await flap();
    await two.waitForPaths('held', 'up');
    await two.waitForPaths('up', 'up');
    await two.waitForCarriers(1, 2);
    for (const gateway of two.gateways) {
      const ups = (await gateway.events('path-up')).filter((event) => event.wan === 'w1');
      const released = await gateway.waitForEvent(
        'released',
        ({ kind, at }) => kind === 'path-released' && at > ups.at(-1)!.at,
      );
      assert.ok(released.at - ups.at(-1)!.at >= QUIET_MS - 50);
      assert.match(released.text, /it flaps no longer, after [1-9]\d* more changes/);
    }
  });

  test('while it is damped nothing of it is told but the beginning and the end', async () => {
    for (const gateway of two.gateways) {
      const all = (await gateway.events()).filter(
        ({ path, kind }) => path?.startsWith('w1-') === true && kind !== 'path-diagnosis',
      );
      const begin = all.findIndex(({ text }) => /flaps and is damped/.test(text));
      const end = all.findIndex(({ kind }, index) => index > begin && kind === 'path-released');
      const between = all.slice(begin + 1, end).filter(({ kind }) => /^path-/.test(kind));
      assert.deepEqual(
        between.map(({ text }) => text),
        [],
      );
    }
  });

  test('a drain is no flap', async () => {
    for (let times = 0; times < FLAPS; times++) {
      await two.branch.must('wan', 'drain', 'w2');
      await two.waitForCarriers(1, 1);
      await two.branch.must('wan', 'restore', 'w2');
      await two.waitForPaths('up', 'up');
    }
    await two.waitForCarriers(1, 2);
  });
});
