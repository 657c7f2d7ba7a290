/** Nothing in a gateway depends on the number of hosts: not its rules, not its routes, not a repair. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from './conversation.ts';
import { hostAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

const HOSTS = 10_000;
const REPEATS = 5;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe(`${HOSTS} hosts at the branch`, () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2, start: false, recovery: { damping: false } });
    // Room for them in the subnet of WAN 1.
    two.branch.writeSite((site) => (site.wans[0]!.subnets = ['10.64.0.0/16', '10.10.1.0/24']));
    two.hub.writeSite((site) => site.peers[0]!.paths[0]!.subnets.push('10.64.0.0/16'));
    await Promise.all(two.gateways.map((gateway) => gateway.start()));
    await two.waitForPaths('up', 'up');
  });
  after(() => two.remove());

  const size = async (): Promise<readonly number[]> => {
    const counts = await Promise.all(
      two.gateways.flatMap(({ namespace }) => [
        namespace.run('ip', 'rule', 'show'),
        namespace.run('ip', 'route', 'show', 'table', 'all'),
        namespace.run('nft', '-t', 'list', 'ruleset'),
      ]),
    );
    return counts.map((text) => text.split('\n').length);
  };

  /** Median time without a packet while WAN 1 is cut, milliseconds. */
  const repairTime = async (): Promise<number> => {
    const silences: number[] = [];
    for (let times = 0; times < REPEATS; times++) {
      const conversation = await Conversation.start(two, { wans: [1], rate: 500 });
      await two.cut(1);
      await two.waitForCarriers(2, 2);
      await two.heal(1);
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
      const [losses] = await conversation.end();
      silences.push(Math.max(losses!.toHub.silence, losses!.toBranch.silence));
    }
    return median(silences);
  };

  test('cost the gateways no rule and no route, and no time in a repair', async () => {
    const before = await size();
    const alone = await repairTime();
    // One machine that answers for all of them, and every one of them is heard by the gateways.
    await two.branchHost.ip('address add 10.64.0.2/16 dev eth0');
    await two.branchHost.ip(
      ...Array.from(
        { length: HOSTS },
        (_, host) => `address add 10.64.${4 + (host >> 8)}.${host & 255}/32 dev eth0`,
      ),
    );
    const target = hostAddress('hub', 0);
    await two.branchHost.run(
      ...['bash', '-c', `for i in {4..42}; do ping -c 1 -W 1 -I 10.64.$i.1 ${target} & done; wait`],
    );
    const crowded = await repairTime();
    assert.deepEqual(await size(), before);
    assert.ok(crowded < 2 * alone + 50, `${crowded} ms, but ${alone} ms with one host`);
  });
});
