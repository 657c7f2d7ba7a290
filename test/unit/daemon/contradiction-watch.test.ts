/** A path that BFD calls up, and by which nothing arrives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ContradictionWatch } from '../../../src/daemon/contradiction-watch.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import type { TrackedPath } from '../../../src/daemon/path-tracker.ts';
import { site } from '../../contract/sites.ts';

function pathsOf(states: readonly ('Up' | 'Down')[]): readonly TrackedPath[] {
  const tracker = new PathTracker(site(), undefined, 0);
  for (const [index, state] of states.entries()) {
    tracker.verdict(tracker.all()[index]!, state, 0, 0, undefined);
  }
  return tracker.all();
}

test('is told once after five seconds of silence, and anew after it was heard', () => {
  const texts: string[] = [];
  let heard = false;
  const watch = new ContradictionWatch({
    hears: () => heard,
    onEvent: ({ path }) => texts.push(path ?? ''),
  });
  const [first] = pathsOf(['Up', 'Down']);
  const paths = pathsOf(['Up', 'Down']);
  for (let second = 1; second <= 20; second++) {
    watch.everySecond(paths);
    assert.equal(texts.length, second < 5 ? 0 : 1);
  }
  heard = true;
  watch.everySecond(paths);
  heard = false;
  for (let second = 1; second <= 5; second++) watch.everySecond(paths);
  assert.deepEqual(texts, [first!.plan.name, first!.plan.name]);
});
