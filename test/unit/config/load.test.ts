/** What is said of a hub with more BFD than a processor can do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { hubSite } from '../../../bench/hub-site.ts';
import { parseSite } from '../../../src/config/parse.ts';
import { bfdLoad } from '../../../src/config/rules/advice-load.ts';

function warnings(branches: number, interval: number): readonly string[] {
  const result = parseSite(hubSite({ branches, wans: 3, interval }), 'hub.yaml');
  assert.ok(result.ok);
  return result.value.warnings
    .filter(({ message }) => message.startsWith('BFD on'))
    .map(({ message, cure }) => `${message}; ${cure}`);
}

describe('the load of BFD', () => {
  for (const [paths, interval, share] of [
    [100, 50, 0.11],
    [200, 50, 0.21],
    [300, 50, 0.29],
    [3000, 1000, 0.95],
  ] as const) {
    test(`of ${paths} paths at ${interval} ms is about what was measured`, () => {
      assert.ok(Math.abs(bfdLoad(paths, interval) - share) < 0.06);
    });
  }

  test('is no matter where it is less than a processor', () => {
    assert.deepEqual(warnings(100, 50), []);
    assert.deepEqual(warnings(1000, 1000), []);
  });

  test('is warned of with the interval that is right', () => {
    assert.deepEqual(warnings(300, 50), [
      'BFD on 900 paths every 50ms is 18000 packets per second each way, more than one processor can ' +
        'do: paths will be called down that are up; ' +
        'set `detection.interval` of this gateway and of its peers to 200ms or more',
    ]);
  });

  test('is warned of with the longest interval where none is short enough', () => {
    assert.match(
      warnings(1000, 50)[0] ?? '',
      /to 1s, the longest, which takes 90 % of a processor$/,
    );
  });

  test('is more than one hub can do', () => {
    assert.match(warnings(1200, 1000)[0] ?? '', /share the peers out between several hubs$/);
  });
});
