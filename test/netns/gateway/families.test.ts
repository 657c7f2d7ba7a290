/** Both families inside, over tunnels of either family outside; and full-size packets through them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execa } from 'execa';
import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation } from './conversation.ts';
import { hostAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

for (const underlay of FAMILIES) {
  describe(`IPv4 and IPv6 inside ${underlay === 'ipv4' ? 'IPv4' : 'IPv6'}, WAN 2 with an MTU of 1400`, () => {
    let two: TwoGateways;
    before(async () => {
      two = await TwoGateways.create({ wans: 2, underlay, dualStack: true, mtus: [1500, 1400] });
    });
    after(() => two.remove());

    test('both families follow a repair and a revert, on both ends', async () => {
      await two.cut(1);
      await two.waitForCarriers(2, 2);
      for (const family of FAMILIES) {
        const [branch, hub] = [hostAddress('branch', 1, family), hostAddress('hub', 1, family)];
        assert.equal(await two.branch.device(branch, hub), 'wt101');
        assert.equal(await two.hub.device(hub, branch), 'wt101');
        const conversation = await Conversation.start(two, { wans: [1, 2], rate: 100, family });
        await sleep(200);
        for (const { toHub, toBranch } of await conversation.end()) {
          assert.ok(toHub.sent > 0);
          assert.deepEqual([toHub.lost, toBranch.lost], [0, 0], family);
        }
      }
      await two.heal(1);
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
      for (const family of FAMILIES) {
        const [branch, hub] = [hostAddress('branch', 1, family), hostAddress('hub', 1, family)];
        assert.equal(await two.branch.device(branch, hub), 'wt100');
        assert.equal(await two.hub.device(hub, branch), 'wt100');
      }
    });

    test("the tunnels' MTU leaves room for the outside", async () => {
      const overhead = underlay === 'ipv4' ? 50 : 70;
      for (const [device, mtu] of [
        ['wt100', 1500],
        ['wt101', 1400],
      ] as const) {
        const text = await two.branch.namespace.run('ip', '-o', 'link', 'show', device);
        assert.match(text, new RegExp(` mtu ${mtu - overhead} `));
      }
    });

    for (const family of FAMILIES) {
      test(`a host with an MTU of 1500 gets ${family} TCP through, over either WAN`, async () => {
        for (const wan of [1, 2]) {
          const bytes = await transfer(
            two,
            hostAddress('branch', wan, family),
            hostAddress('hub', wan, family),
          );
          assert.equal(bytes, 2_000_000);
        }
      });
    }

    test('nothing outside is ever fragmented', async () => {
      for (const gateway of two.gateways) {
        const text = await gateway.namespace.run(
          'nstat',
          '-asz',
          'IpFragCreates',
          'Ip6FragCreates',
        );
        for (const [, count] of text.matchAll(/FragCreates\s+(\d+)/g)) assert.equal(count, '0');
      }
    });
  });
}

/** Bytes of 2 MB that arrive in a reasonable time. Path MTU discovery does not help: ICMP is cut. */
async function transfer(two: TwoGateways, from: string, to: string): Promise<number> {
  for (const host of [two.branchHost, two.hubHost]) {
    await host.nft(
      'table inet deaf\ndelete table inet deaf\ntable inet deaf { chain c { type filter hook input priority 0; ' +
        'icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }\n',
    );
  }
  const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
  const kind = to.includes(':') ? '6' : '4';
  const [program, ...prefix] = two.hubHost.prefix;
  const server = execa(
    program,
    [
      ...prefix,
      'timeout',
      '20',
      'socat',
      '-u',
      `TCP${kind}-LISTEN:8000,bind=${bracketed(to)},reuseaddr`,
      '-',
    ],
    { encoding: 'buffer', reject: false },
  );
  await sleep(200);
  const [branch, ...branchPrefix] = two.branchHost.prefix;
  await execa(
    branch,
    [
      ...branchPrefix,
      'timeout',
      '20',
      'socat',
      '-u',
      '-',
      `TCP${kind}:${bracketed(to)}:8000,bind=${bracketed(from)},retry=20,interval=0.1`,
    ],
    { input: Buffer.alloc(2_000_000), reject: false },
  );
  const { stdout } = await server;
  return stdout.length;
}
