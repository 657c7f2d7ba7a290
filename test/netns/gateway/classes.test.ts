/**
 * Classes of traffic take the WANs that they prefer, leave those that they avoid to the last, and are
 * spread flow by flow: both ways, under load, and while WANs die and return.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { addShaper } from '../../../src/lab/link/shaping.ts';
import { runIperf3 } from '../../../src/lab/traffic/iperf3.ts';
import type { Iperf3Result } from '../../../src/lab/traffic/iperf3.ts';
import type { Event } from '../../../src/observe/event.ts';
import { Conversation } from './conversation.ts';
import type { ConversationOptions } from './conversation.ts';
import { FlowPaths } from './flow-paths.ts';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { FIRST_VNI, hostAddress, subnet } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

const CAPACITIES = [40, 20, 20] as const;
const WANS = [1, 2, 3];
/** Neither the first of the file nor the greatest. */
const BEST = 2;
/** The other WANs, by preference: what avoids the best one takes the first of these. */
const [NEXT, LAST] = [1, 3] as const;
/** Packets a second. */
const VOICE = { wans: [1], rate: 500, protocol: 'udp', dscp: 'ef' } as const;
const BACKUP = { wans: [BEST], rate: 200, protocol: 'udp' } as const;
const PLAIN = { wans: [LAST], rate: 500, protocol: 'udp' } as const;
const MANY = 128;
/** Long enough for every flow to send several packets. */
const WHILE_MS = 800;

describe('classes of traffic', () => {
  let two: TwoGateways;
  let paths: readonly FlowPaths[];
  before(async () => {
    two = await TwoGateways.create({
      wans: WANS.length,
      dualStack: true,
      capacities: CAPACITIES.map((rate) => `${rate}mbit`),
      recovery: { preference: ['w2', 'w1', 'w3'], 'hold-down': '500ms' },
      classes: [
        { name: 'voice', match: { dscp: 'EF' }, prefer: [`w${LAST}`] },
        {
          name: 'backup',
          match: { prefixes: [subnet('hub', BEST), subnet('hub', BEST, 'ipv6')] },
          avoid: [`w${BEST}`],
        },
        { name: 'calls', match: { ports: ['8000-8999'] }, spread: true },
      ],
    });
    for (const { namespace } of two.gateways) {
      for (const wan of WANS) {
        const rate = CAPACITIES[wan - 1]! * 1e6;
        for (const { argv } of addShaper(namespace.name, `wan${wan}`, {
          rate,
          queue: 'priority',
        })) {
          await execa(argv[0], argv.slice(1));
        }
      }
    }
    paths = await Promise.all(two.gateways.map((gateway) => FlowPaths.of(gateway)));
    await classIs('voice', LAST);
    await classIs('backup', NEXT);
  });
  after(() => two.remove());

  /** On both ends, in the status. */
  const classIs = async (name: string, wan: number): Promise<void> => {
    for (const gateway of two.gateways) {
      let seen: unknown;
      await eventually(
        () => `${gateway.side}: ${name} by WAN ${wan}, but ${JSON.stringify(seen)}`,
        async () => {
          const { classes } = await gateway.status();
          seen = classes;
          const carriedBy = classes.find((one) => one.name === name)?.carriedBy;
          return carriedBy?.[0]?.path?.startsWith(`w${wan}-`);
        },
      );
    }
  };

  /** By which WANs each flow leaves either gateway while `work` is done. */
  const wansDuring = async (
    flows: readonly Conversation[],
    work: () => Promise<unknown> = async () => await sleep(WHILE_MS),
  ): Promise<readonly (readonly (readonly number[])[])[]> => {
    await Promise.all(paths.map((one) => one.begin()));
    await work();
    return await Promise.all(
      paths.map(async (one) => {
        const seen = await one.read();
        return flows.flatMap(({ ports }) =>
          ports.map((port) => [...(seen.get(port)?.keys() ?? [])]),
        );
      }),
    );
  };

  const assertBy = async (wan: number, ...flows: readonly Conversation[]): Promise<void> => {
    const one = flows.map(() => [wan]);
    assert.deepEqual(await wansDuring(flows), [one, one]);
  };

  const speak = async (options: ConversationOptions): Promise<Conversation> =>
    await Conversation.start(two, options);

  for (const family of ['ipv4', 'ipv6'] as const) {
    test(`${family}: each goes its own way, both ways, and TCP that of its subnet`, async () => {
      const expected = new Map<ConversationOptions, number>([
        [VOICE, LAST],
        [BACKUP, NEXT],
        [PLAIN, BEST],
        [{ ...BACKUP, protocol: 'tcp' }, BEST],
        [{ ...PLAIN, protocol: 'tcp' }, LAST],
      ]);
      const all = await Promise.all(
        [...expected.keys()].map(async (options) => await speak({ ...options, family })),
      );
      const ways = [...expected.values()].map((wan) => [wan]);
      assert.deepEqual(await wansDuring(all), [ways, ways]);
      const losses = (await Promise.all(all.map(async (one) => await one.end()))).flat();
      for (const { toHub, toBranch } of losses) {
        assert.deepEqual([toHub.lost, toBranch.lost], [0, 0]);
      }
    });
  }

  test('voice stays on its WAN under a download that fills all of them', async (context) => {
    const bulk = download(two, 4);
    const flows = [await speak(VOICE), await speak(PLAIN)];
    // Slow start.
    await sleep(1000);
    const earlier = await receivedBytes(two.branch);
    const started = performance.now();
    const ways = [[LAST], [BEST]];
    assert.deepEqual(await wansDuring(flows, async () => await sleep(2000)), [ways, ways]);
    const seconds = (performance.now() - started) / 1000;
    const later = await receivedBytes(two.branch);
    for (const wan of WANS) {
      const rate = ((later[wan - 1]! - earlier[wan - 1]!) * 8) / seconds / 1e6;
      const what = `WAN ${wan}: ${rate.toFixed(1)} of ${CAPACITIES[wan - 1]!} Mb/s`;
      context.diagnostic(what);
      // Busy is what matters; how full it is in these two seconds is up to the senders.
      assert.ok(rate > CAPACITIES[wan - 1]! / 4, what);
    }
    for (const [index, name] of ['voice', 'the same in no class'].entries()) {
      const [losses] = await flows[index]!.end();
      const [toHub, toBranch] = [losses!.toHub, losses!.toBranch].map(
        ({ sent, lost, delay }) => `${lost} of ${sent} lost, ${delay.toFixed(1)} ms`,
      );
      context.diagnostic(`${name}: to the hub ${toHub}; to the branch ${toBranch}`);
    }
    const { error, mptcp } = await bulk;
    assert.deepEqual({ error, mptcp }, { error: undefined, mptcp: true });
  });

  test('voice moves when its WAN dies, and is back after the hold-down', async () => {
    const voice = await speak(VOICE);
    const cutAt = Date.now();
    await two.cut(LAST);
    await classIs('voice', BEST);
    await assertBy(BEST, voice);
    const healedAt = Date.now();
    await two.heal(LAST);
    await classIs('voice', LAST);
    await assertBy(LAST, voice);
    await voice.end();
    for (const gateway of two.gateways) {
      await gateway.waitForEvent('repaired', isAbout('class voice', 'repair', cutAt));
      await gateway.waitForEvent('back', isAbout('class voice', 'revert', healedAt));
    }
  });

  test('a WAN that is avoided is used when no other is left, and left again at once', async () => {
    const backup = await speak(BACKUP);
    await two.cut(NEXT);
    await classIs('backup', LAST);
    await assertBy(LAST, backup);
    await two.cut(LAST);
    await classIs('backup', BEST);
    await assertBy(BEST, backup);
    await two.heal(NEXT);
    await two.heal(LAST);
    await classIs('backup', NEXT);
    await assertBy(NEXT, backup);
    await backup.end();
    await two.waitForPaths('up', 'up', 'up');
  });

  describe('that are spread', () => {
    let calls: Conversation;
    /** At either gateway, of each flow. */
    let home: readonly (readonly number[])[];
    before(async () => {
      const flows = Array.from({ length: MANY }, (_, index) => index);
      calls = await speak({
        wans: flows.map(() => 1),
        rate: 10,
        protocol: 'udp',
        ports: flows.map((index) => 8000 + index),
      });
    });
    after(async () => await calls.end());

    test('use all WANs as their capacities are, and each flow one', async (context) => {
      home = (await wansDuring([calls])).map((ways) =>
        ways.map((wans) => {
          assert.equal(wans.length, 1);
          return wans[0]!;
        }),
      );
      for (const flows of home) {
        const counts = WANS.map((wan) => flows.filter((each) => each === wan).length);
        context.diagnostic(`flows by WAN: ${counts.join(', ')}`);
        for (const [index, count] of counts.entries()) {
          const share = (MANY * CAPACITIES[index]!) / 80;
          assert.ok(count > share * 0.6 && count < share * 1.4, `${count}, fair is ${share}`);
        }
      }
    });

    test('lose only the flows of a WAN that dies, to all others', async () => {
      const cutAt = Date.now();
      const during = await wansDuring([calls], async () => {
        await two.cut(1);
        await shares([2, 3]);
        await sleep(WHILE_MS);
      });
      for (const [end, ways] of during.entries()) {
        const moved = ways.filter((_, flow) => home[end]![flow] === 1);
        assert.deepEqual(new Set(moved.flat()), new Set([1, 2, 3]));
        for (const wans of moved) assert.notDeepEqual(wans, [1]);
        for (const [flow, wans] of ways.entries()) {
          const own = home[end]![flow]!;
          if (own !== 1) assert.deepEqual(wans, [own]);
        }
      }
      for (const gateway of two.gateways) {
        await gateway.waitForEvent('told', isAbout('flows', 'repair', cutAt));
      }
    });

    test('get them back, and each is where it was', async () => {
      await two.heal(1);
      await shares([1, 2, 3]);
      const back = home.map((flows) => flows.map((wan) => [wan]));
      assert.deepEqual(await wansDuring([calls]), back);
    });

    /** Over which WANs flows are spread now, by the status. */
    const shares = async (wans: readonly number[]): Promise<void> => {
      for (const gateway of two.gateways) {
        await eventually(`${gateway.side}: spread over ${wans.join(', ')}`, async () => {
          const over = (await gateway.status()).shares.map(({ path }) => Number(path?.[1]));
          return over.sort().join() === wans.join();
        });
      }
    };
  });
});

/** MPTCP from the hub's network that is tied to no WAN, with a subflow on each of ours. */
async function download(two: TwoGateways, seconds: number): Promise<Iperf3Result> {
  for (const host of [two.hubHost, two.branchHost]) {
    await host.ip('mptcp limits set subflow 8 add_addr_accepted 8');
  }
  await two.branchHost.ip(
    ...WANS.map((wan) => `mptcp endpoint add ${hostAddress('branch', wan)} dev eth0 subflow`),
  );
  return await runIperf3({
    clientNamespace: two.branchHost.name,
    serverNamespace: two.hubHost.name,
    host: hostAddress('hub', 0),
    protocol: 'mptcp',
    seconds,
  });
}

/** By WAN, what has come out of its tunnel. */
async function receivedBytes({ namespace }: GatewayUnderTest): Promise<readonly number[]> {
  return await Promise.all(
    WANS.map(async (wan) => {
      const device = `wt${FIRST_VNI + wan - 1}`;
      return Number(await namespace.run('cat', `/sys/class/net/${device}/statistics/rx_bytes`));
    }),
  );
}

function isAbout(subject: string, kind: Event['kind'], since: number): (event: Event) => boolean {
  return (event) =>
    event.kind === kind && event.at >= since && event.text.startsWith(`${subject} to`);
}
