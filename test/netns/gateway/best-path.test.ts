/**
 * What is not TCP takes the best path: the first by the site's preference that is up, whatever subnet
 * it comes from or goes to; TCP takes the WAN of its subnet meanwhile.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../../src/observe/event.ts';
import { Conversation } from './conversation.ts';
import type { ConversationOptions, Losses } from './conversation.ts';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { hostAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;
const WANS = [1, 2, 3];
/** Neither the first of the file nor that of the hosts who speak. */
const PREFERRED = 3;
const NEXT = 1;
const SPEAKER = 2;
/** Packets a second. */
const RATE = 1000;
/** More than detection times rate that may be lost. */
const TOLERANCE = 0.05;
const AROUND_MS = 400;
const HOLD_DOWN_MS = 2000;

describe('UDP and the rest', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({
      wans: WANS.length,
      dualStack: true,
      recovery: { preference: ['w3', 'w1', 'w2'], 'hold-down': `${HOLD_DOWN_MS}ms` },
    });
    await Promise.all(two.gateways.map(nothingIsHeld));
    await bestIs(PREFERRED);
  });
  after(() => two.remove());

  /** On both ends, in the status. */
  const bestIs = async (wan: number): Promise<void> => {
    for (const gateway of two.gateways) {
      const far = gateway.side === 'branch' ? 'hub' : 'branch';
      const expected = { peer: far, path: `w${wan}-${far}`, detour: wan !== PREFERRED };
      let seen: unknown;
      await eventually(
        () => `${gateway.side}: ${JSON.stringify(expected)}, but ${JSON.stringify(seen)}`,
        async () => {
          const { best } = await gateway.status();
          seen = best;
          return JSON.stringify(best) === JSON.stringify([expected]);
        },
      );
    }
  };

  /** Of the second subnet, meanwhile. */
  const lossesDuring = async (
    work: () => Promise<void>,
    options: Partial<ConversationOptions> = {},
  ): Promise<Losses> => {
    const conversation = await Conversation.start(two, {
      ...{ wans: [SPEAKER], rate: RATE, protocol: 'udp', ...options },
    });
    await sleep(AROUND_MS);
    await work();
    await sleep(AROUND_MS);
    const [losses] = await conversation.end();
    assert.ok(Math.min(losses!.toHub.sent, losses!.toBranch.sent) > AROUND_MS, 'too slow');
    return losses!;
  };

  const assertNothingLostDuring = async (work: () => Promise<void>): Promise<void> => {
    const { toHub, toBranch } = await lossesDuring(work);
    assert.deepEqual([toHub.lost, toBranch.lost], [0, 0]);
  };

  /** Packets that have come out of the tunnel of each WAN. */
  const received = async ({ namespace }: GatewayUnderTest): Promise<readonly number[]> =>
    await Promise.all(
      WANS.map(async (wan) =>
        Number(await namespace.run('cat', `/sys/class/net/wt${99 + wan}/statistics/rx_packets`)),
      ),
    );

  for (const family of FAMILIES) {
    for (const [protocol, expected] of [
      ['udp', PREFERRED],
      ['tcp', SPEAKER],
    ] as const) {
      test(`${family}: ${protocol} of the second subnet rides on WAN ${expected}, both ways`, async () => {
        const earlier = await Promise.all(two.gateways.map(received));
        const { toHub, toBranch } = await lossesDuring(async () => undefined, { protocol, family });
        const later = await Promise.all(two.gateways.map(received));
        for (const [end, { sent, lost }] of [toBranch, toHub].entries()) {
          assert.equal(lost, 0);
          for (const wan of WANS) {
            const packets = later[end]![wan - 1]! - earlier[end]![wan - 1]!;
            const what = `${packets} of ${sent} at the ${two.gateways[end]!.side} by WAN ${wan}`;
            // Beside it there is BFD on every path.
            if (wan === expected) assert.ok(packets >= sent, what);
            else assert.ok(packets < sent / 4, what);
          }
        }
      });
    }

    test(`${family}: the gateway's own goes the same ways`, async () => {
      const target = hostAddress('hub', SPEAKER, family);
      const device = async (protocol: string): Promise<string> =>
        await two.branch.namespace.run('ip', '-o', 'route', 'get', target, 'ipproto', protocol);
      assert.match(await device('tcp'), /dev wt101 table 5100/);
      const icmp = family === 'ipv4' ? 'icmp' : 'ipv6-icmp';
      for (const protocol of ['udp', icmp]) {
        assert.match(await device(protocol), /dev wt102 table 5000/, protocol);
      }
    });
  }

  test('a cut of the preferred WAN costs what is sent until it is repaired, and no more', async (context) => {
    let cutAt = 0;
    const { toHub, toBranch } = await lossesDuring(async () => {
      cutAt = Date.now();
      await two.cut(PREFERRED);
      await bestIs(NEXT);
    });
    for (const [gateway, { lost, sent }] of [
      [two.branch, toHub],
      [two.hub, toBranch],
    ] as const) {
      const repaired = await gateway.waitForEvent('repaired', isAbout('repair', cutAt));
      const after = repaired.at - cutAt;
      const allowed = (after / 1000) * RATE * (1 + TOLERANCE);
      const what =
        `${gateway.side}: repaired ${after.toFixed(1)} ms after the cut, ` +
        `${lost} of ${sent} lost, ${allowed.toFixed(1)} allowed`;
      context.diagnostic(what);
      assert.ok(lost > 0, 'the cut was felt');
      assert.ok(lost <= allowed, what);
    }
  });

  test('it stays away for the hold-down, and is back when that is over, without loss', async () => {
    const healedAt = Date.now();
    await assertNothingLostDuring(async () => {
      await two.heal(PREFERRED);
      await two.waitForPaths('up', 'up', 'held');
      await bestIs(NEXT);
      await bestIs(PREFERRED);
    });
    for (const gateway of two.gateways) {
      const back = await gateway.waitForEvent('back', isAbout('revert', healedAt));
      const up = await gateway.waitForEvent(
        'up again',
        ({ kind, wan, at }) => kind === 'path-up' && wan === `w${PREFERRED}` && at > healedAt,
      );
      assert.ok(back.at - up.at >= HOLD_DOWN_MS - 50, `after ${back.at - up.at} ms`);
    }
  });

  test('a drain of the preferred WAN costs nothing', async () => {
    await assertNothingLostDuring(async () => {
      await two.branch.must('wan', 'drain', `w${PREFERRED}`);
      await bestIs(NEXT);
    });
  });

  test('nor does its restoration', async () => {
    await assertNothingLostDuring(async () => {
      await two.branch.must('wan', 'restore', `w${PREFERRED}`);
      await bestIs(PREFERRED);
    });
  });

  test('another WAN’s failure does not touch it', async () => {
    await assertNothingLostDuring(async () => {
      await two.cut(SPEAKER);
      await two.waitForPaths('up', 'down', 'up');
      await bestIs(PREFERRED);
    });
    await two.heal(SPEAKER);
    await two.waitForPaths('up', 'up', 'up');
  });
});

/**
 * A path that came up only after its daemon was held at first, and each is released at its own time:
 * the status says `up` a part of a second before the engine prefers it.
 */
async function nothingIsHeld(gateway: GatewayUnderTest): Promise<void> {
  await eventually(`${gateway.side}: no path held in the engine`, async () => {
    const config = readFileSync(gateway.directory.engineConfig, 'utf8');
    return !/ bfd \{ preference = [45]\d\d; \}/.test(config);
  });
}

function isAbout(kind: Event['kind'], since: number): (event: Event) => boolean {
  return (event) =>
    event.kind === kind && event.at >= since && event.text.startsWith('UDP and the rest');
}
