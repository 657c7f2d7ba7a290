import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { drawPage, namedIn, WEB_PAGE } from '../../../../src/lab/traffic/web-page.ts';
import type { WebPage } from '../../../../src/lab/traffic/web-page.ts';

const anySeed = fc.integer({ min: 0, max: 2 ** 32 });

function totalBytes(page: WebPage): number {
  return page.reduce((sum, { bytes }) => sum + bytes, 0);
}

describe('web page', () => {
  test('is the same for the same seed, and other for another', () => {
    assert.deepEqual(drawPage(7), drawPage(7));
    assert.notDeepEqual(drawPage(7), drawPage(8));
  });

  test('has 216 objects with names of their own, and 3486 KB whatever the sizes', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const page = drawPage(seed);
        assert.equal(new Set(page.map(({ path }) => path)).size, 216);
        assert.ok(Math.abs(totalBytes(page) - 3_486_000) < 2000, `${totalBytes(page)} bytes`);
      }),
    );
  });

  test('an object comes after the one that names it, at most two steps from the HTML', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const steps = new Map<string, number>();
        for (const { path, namedBy } of drawPage(seed)) {
          const before = namedBy === undefined ? -1 : steps.get(namedBy);
          assert.ok(before !== undefined && before < 2, `${path} named by ${namedBy}`);
          steps.set(path, before + 1);
        }
      }),
    );
  });

  test('all of it is reached from the HTML', () => {
    const named = namedIn(WEB_PAGE);
    const reached = [WEB_PAGE[0]];
    for (const { path } of reached) reached.push(...(named.get(path) ?? []));
    assert.deepEqual(new Set(reached), new Set(WEB_PAGE));
  });

  test('that is measured with: half of the objects near 10 KB, a tenth beyond 30, some beyond 100', () => {
    const sizes = WEB_PAGE.map(({ bytes }) => bytes).sort((a, b) => a - b);
    const [median, ninth, largest] = [sizes[108]!, sizes[194]!, sizes.at(-1)!];
    assert.ok(median > 7000 && median < 12_000, `${median}`);
    assert.ok(ninth > 30_000 && ninth < 60_000, `${ninth}`);
    assert.ok(largest > 100_000 && largest < 400_000, `${largest}`);
  });
});
