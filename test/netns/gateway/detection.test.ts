/**
 * Detection of a failure in both directions, whichever one fails (RFC 5880 section 3.2: a session
 * is up only if both ends hear each other).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from './conversation.ts';
import { foundAtStart } from './gateway-under-test.ts';
import { TwoGateways } from './two-gateways.ts';
import type { Direction } from './two-gateways.ts';

describe('a WAN that fails in one direction', () => {
  let two: TwoGateways;
  before(async () => {
    two = await TwoGateways.create({ wans: 2 });
  });
  after(() => two.remove());

  for (const direction of ['to-hub', 'to-branch'] satisfies Direction[]) {
    test(`${direction}: both ends leave it, both directions move, and return together`, async () => {
      await two.cut(1, direction);
      await two.waitForPaths('down', 'up');
      await two.waitForCarriers(2, 2);
      // Hosts notice nothing any more, though the WAN is still broken.
      const conversation = await Conversation.start(two, { wans: [1], rate: 200 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      const [losses] = await conversation.end();
      assert.ok(losses!.toHub.sent > 0 && losses!.toBranch.sent > 0);
      assert.equal(losses!.toHub.lost, 0);
      assert.equal(losses!.toBranch.lost, 0);

      await two.heal(1, direction);
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
    });

    test(`${direction}: during the cut only its own flow pauses, and only until detection`, async () => {
      const conversation = await Conversation.start(two, { wans: [1, 2], rate: 200 });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await two.cut(1, direction);
      await two.waitForCarriers(2, 2);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const [cut, whole] = await conversation.end();
      const broken = direction === 'to-hub' ? cut!.toHub : cut!.toBranch;
      const other = direction === 'to-hub' ? cut!.toBranch : cut!.toHub;
      assert.ok(broken.lost > 0, 'the cut was felt');
      // Ten times what detection takes: far less than for ever, far more than a busy machine adds.
      assert.ok(broken.silence < 1500, `${broken.silence} ms`);
      assert.equal(other.lost, 0, 'the direction that works loses nothing by moving');
      assert.deepEqual([whole!.toHub.lost, whole!.toBranch.lost], [0, 0]);
      await two.heal(1, direction);
      await two.waitForPaths('up', 'up');
      await two.waitForCarriers(1, 2);
    });
  }

  test('an event on each end says so, and none says drained', async () => {
    for (const gateway of two.gateways) {
      const downs = (await gateway.events('path-down')).filter((event) => !foundAtStart(event));
      assert.ok(downs.length >= 4);
      for (const event of downs) assert.match(event.text, /has failed/);
    }
  });
});
