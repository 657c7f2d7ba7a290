/** In which order a hub asks its paths what fits through them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PathMtuWatch } from '../../../src/daemon/path-mtu-watch.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import { hubOf } from '../../support/hub.ts';

test('every path is asked in turn, and none twice before all have been', async () => {
  const tracker = new PathTracker(hubOf(200), undefined, 0);
  for (const path of tracker.all()) {
    tracker.verdict(path, 'Up', 0, 0, undefined);
    tracker.probe({ device: path.plan.device, roundTrip: 5 });
  }
  const asked: string[] = [];
  const watch = new PathMtuWatch({
    deviceMtu: () => 1450,
    known: {},
    onFound: () => undefined,
    askThrough: (target) => (sizes) => {
      asked.push(target);
      return Promise.resolve(new Set(sizes));
    },
  });
  const paths = tracker.all().length;
  // Far more than a minute: those that were asked first are due again long before the last.
  for (let second = 1; asked.length < 2 * paths; second++) {
    assert.ok(second < 2 * paths, `${asked.length} questions in ${second} seconds`);
    watch.everySecond(tracker.all(), 10_000 + 1000 * second);
    await new Promise(setImmediate);
  }
  assert.equal(new Set(asked.slice(0, paths)).size, paths);
});
