/** The search for what fits through a tunnel, against lines that are known. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { LEAST_MTU, searchPathMtu } from '../../../src/monitor/path-mtu.ts';
import type { Ask } from '../../../src/monitor/path-mtu.ts';

/** A line that takes packets up to a size; `rounds` counts how often it was asked. */
function lineOf(mtu: number, isLost: () => boolean = () => false) {
  const line = { rounds: 0, packets: 0 };
  const ask: Ask = (sizes) => {
    line.rounds += 1;
    line.packets += sizes.length;
    return Promise.resolve(new Set(sizes.filter((size) => size <= mtu && !isLost())));
  };
  return { line, ask };
}

const full = fc.integer({ min: LEAST_MTU, max: 9000 });

describe('the path MTU', () => {
  test('is found to the octet, whatever the line takes', async () => {
    const lines = fc.asyncProperty(full, fc.nat(), async (top, below) => {
      const mtu = LEAST_MTU + (below % (top - LEAST_MTU + 1));
      assert.equal(await searchPathMtu(lineOf(mtu).ask, top), mtu);
    });
    await fc.assert(lines);
  });

  test('takes one question where everything fits', async () => {
    const { line, ask } = lineOf(1500);
    assert.equal(await searchPathMtu(ask, 1450), 1450);
    assert.deepEqual(line, { rounds: 1, packets: 1 });
  });

  test('takes one question where it is what it was, and is found where it is not', async () => {
    const same = lineOf(1350);
    assert.equal(await searchPathMtu(same.ask, 1450, 1350), 1350);
    assert.equal(same.line.rounds, 1);
    for (const now of [1250, 1349, 1351, 1400, 1450]) {
      assert.equal(await searchPathMtu(lineOf(now).ask, 1450, 1350), now);
    }
    // Of a device that took more.
    assert.equal(await searchPathMtu(lineOf(1500).ask, 1330, 1350), 1330);
  });

  test('takes at most six rounds on an Ethernet line, and nine where it takes very little', async () => {
    for (let mtu = LEAST_MTU; mtu < 1450; mtu += 1) {
      const { line, ask } = lineOf(mtu);
      await searchPathMtu(ask, 1450);
      assert.ok(line.rounds <= (mtu < 1200 ? 9 : 6), `${line.rounds} rounds for ${mtu}`);
    }
  });

  test('is not known of a line that answers nothing, or only what is small', async () => {
    assert.equal(await searchPathMtu(lineOf(0).ask, 1450), undefined);
    assert.equal(await searchPathMtu(lineOf(LEAST_MTU - 1).ask, 1450), undefined);
    assert.equal(await searchPathMtu(lineOf(0).ask, 1100), undefined);
  });

  test('is never said to be more than the line takes, however much is lost', async () => {
    const lossy = fc.asyncProperty(
      full,
      fc.nat(),
      fc.infiniteStream(fc.boolean()),
      async (...line) => {
        const [top, below, losses] = line;
        const mtu = LEAST_MTU + (below % (top - LEAST_MTU + 1));
        const { ask } = lineOf(mtu, () => losses.next().value === true);
        assert.ok(((await searchPathMtu(ask, top)) ?? 0) <= mtu);
      },
    );
    await fc.assert(lossy);
  });

  test('is not known of a line that goes silent while it is asked', async () => {
    const silent = fc.asyncProperty(fc.integer({ min: 1, max: 8 }), full, async (rounds, top) => {
      const { line, ask } = lineOf(Math.floor(top / 2));
      const dying: Ask = async (sizes) =>
        line.rounds >= rounds ? new Set<number>() : await ask(sizes);
      const found = await searchPathMtu(dying, top);
      assert.ok(found === undefined || found === Math.floor(top / 2), `${found} of ${top}`);
    });
    await fc.assert(silent);
  });

  test('one lost answer does not make it less', async () => {
    let first = true;
    const { ask } = lineOf(1500, () => {
      const lost = first;
      first = false;
      return lost;
    });
    assert.equal(await searchPathMtu(ask, 1450), 1450);
  });
});
