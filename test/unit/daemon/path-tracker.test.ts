/** What the daemon knows of every path. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { SiteConfig } from '../../../src/config/site.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import type { Drain, Verdict } from '../../../src/daemon/path-tracker.ts';
import type { BfdState } from '../../../src/monitor/engine-log.ts';
import { branch } from '../../support/site.ts';

class Tracked {
  readonly paths: PathTracker;
  now = 0;

  constructor(site: SiteConfig, previous?: PathTracker, held: readonly string[] = []) {
    this.paths = new PathTracker(site, previous, 0, held);
  }

  /** A verdict on the path of WAN `wan` at this time, in ms, on both clocks. */
  verdict(wan: number, state: BfdState, at: number, drain?: Drain): Verdict | undefined {
    const path = this.paths.byName(`wan${wan}-hub`)!;
    return this.paths.verdict(path, state, at, at, drain);
  }
}

describe('a verdict', () => {
  test('is none for whoever knew it', () => {
    const tracked = new Tracked(branch(2));
    assert.ok(tracked.verdict(1, 'Up', 10));
    assert.equal(tracked.verdict(1, 'Up', 20), undefined);
    assert.equal(tracked.paths.byName('wan1-hub')?.verdictAt, 10);
  });

  test('between two states that are not up changes nothing but the state', () => {
    const tracked = new Tracked(branch(2));
    tracked.verdict(1, 'Down', 10);
    assert.equal(tracked.verdict(1, 'Init', 20), undefined);
    assert.equal(tracked.paths.byName('wan1-hub')?.bfd, 'Init');
  });

  test('that is the first one is adopted and counts as no failure', () => {
    const tracked = new Tracked(branch(2, 'recovery: { hold-down: 10s }'));
    tracked.verdict(1, 'Down', 10);
    tracked.verdict(2, 'Up', 10);
    assert.deepEqual(tracked.paths.held(10), []);
    assert.deepEqual(tracked.paths.byName('wan1-hub')?.history.downs, []);
  });

  test('of a drained path counts as no failure', () => {
    const tracked = new Tracked(branch(2));
    tracked.verdict(1, 'Up', 10);
    tracked.verdict(1, 'Down', 20, 'here');
    const path = tracked.paths.byName('wan1-hub');
    assert.deepEqual([path?.drain, path?.history.up, path?.history.downs], ['here', false, []]);
    tracked.verdict(1, 'Up', 30);
    assert.equal(tracked.paths.byName('wan1-hub')?.drain, undefined);
  });
});

describe('a path is held', () => {
  test('for the hold-down after it came up, and its release is foretold', () => {
    const tracked = new Tracked(branch(2, 'recovery: { hold-down: 10s }'));
    tracked.verdict(1, 'Up', 0);
    tracked.verdict(1, 'Down', 1000);
    tracked.verdict(1, 'Up', 2000);
    assert.deepEqual(tracked.paths.held(11_999), ['wan1-hub']);
    assert.equal(tracked.paths.nextRelease(2000), 12_000);
    assert.deepEqual(tracked.paths.held(12_000), []);
    assert.equal(tracked.paths.nextRelease(12_000), undefined);
  });

  test('after a restart of the daemon as before it, from the moment the path comes up', () => {
    const site = branch(2, 'recovery: { hold-down: 10s }');
    const tracked = new Tracked(site, undefined, ['wan1-hub', 'wan2-hub']);
    assert.deepEqual(tracked.paths.held(5), ['wan1-hub', 'wan2-hub'], 'nothing is known yet');
    tracked.verdict(1, 'Down', 10);
    tracked.verdict(2, 'Up', 10);
    assert.deepEqual(tracked.paths.held(10), ['wan1-hub', 'wan2-hub']);
    tracked.verdict(1, 'Up', 5000);
    assert.deepEqual(tracked.paths.held(10_010), ['wan1-hub']);
    assert.deepEqual(tracked.paths.held(15_000), []);
  });

  test('after a restart not for what does not hold it any more', () => {
    for (const [recovery, drain] of [
      ['recovery: { damping: off }', undefined],
      ['recovery: { fast: off }', 'by-peer'],
    ] as const) {
      const tracked = new Tracked(branch(2, recovery), undefined, ['wan1-hub']);
      tracked.verdict(1, 'Down', 10, drain);
      tracked.verdict(1, 'Up', 20);
      assert.deepEqual(tracked.paths.held(20), [], recovery);
    }
  });

  test('not after a drain, which is no failure', () => {
    const tracked = new Tracked(branch(2, 'recovery: { hold-down: 10s }'));
    tracked.verdict(1, 'Up', 0);
    tracked.verdict(1, 'AdminDown', 1000, 'here');
    tracked.verdict(1, 'Up', 2000);
    assert.deepEqual(tracked.paths.held(2000), []);
  });

  test('not after a drain whose end is seen before BFD is up again', () => {
    const tracked = new Tracked(branch(2, 'recovery: { hold-down: 10s }'));
    tracked.verdict(1, 'Up', 0);
    tracked.verdict(1, 'AdminDown', 1000, 'here');
    tracked.paths.setDrain('wan1-hub', undefined);
    tracked.verdict(1, 'Up', 2000);
    assert.deepEqual(tracked.paths.held(2000), []);
    // The next time it has failed.
    tracked.verdict(1, 'Down', 3000);
    tracked.verdict(1, 'Up', 4000);
    assert.deepEqual(tracked.paths.held(4000), ['wan1-hub']);
  });

  test('after a drain, too, if it had failed before that', () => {
    const tracked = new Tracked(branch(2, 'recovery: { hold-down: 10s }'));
    tracked.verdict(1, 'Up', 0);
    tracked.verdict(1, 'Down', 1000);
    tracked.paths.setDrain('wan1-hub', 'here');
    tracked.verdict(1, 'Up', 2000);
    assert.deepEqual(tracked.paths.held(2000), ['wan1-hub']);
  });

  test('while the peer drains it and Fast Recovery is off, as routes do not follow BFD then', () => {
    for (const [fast, held] of [
      [false, ['wan1-hub']],
      [true, []],
    ] as const) {
      const tracked = new Tracked(branch(2, `recovery: { fast: ${fast} }`));
      tracked.verdict(1, 'Up', 10);
      tracked.verdict(1, 'Down', 20, 'by-peer');
      assert.deepEqual(tracked.paths.held(20), held);
    }
  });
});

describe('a path is suspect', () => {
  test('while it is down and another to the peer is up', () => {
    const tracked = new Tracked(branch(2));
    tracked.verdict(1, 'Up', 10);
    tracked.verdict(2, 'Down', 10);
    assert.deepEqual(tracked.paths.suspect(), ['wan2-hub']);
  });

  test('not when all went down together: then the peer’s engine may have ended', () => {
    const tracked = new Tracked(branch(2));
    tracked.verdict(1, 'Up', 10);
    tracked.verdict(2, 'Up', 10);
    tracked.verdict(1, 'Down', 5000);
    tracked.verdict(2, 'Down', 5100);
    assert.deepEqual(tracked.paths.suspect(), []);
  });

  test('when it was down long before the others', () => {
    const tracked = new Tracked(branch(2));
    tracked.verdict(1, 'Up', 10);
    tracked.verdict(2, 'Up', 10);
    tracked.verdict(2, 'Down', 1000);
    tracked.verdict(1, 'Down', 60_000);
    assert.deepEqual(tracked.paths.suspect(), ['wan2-hub']);
  });

  /** Detection takes 300 ms. */
  for (const [apart, suspect] of [
    [200, []],
    [400, ['wan2-hub']],
  ] as const) {
    test(`drained ${apart} ms before the last one: ${suspect.length === 0 ? 'no' : 'yes'}`, () => {
      const tracked = new Tracked(branch(2, 'detection: { interval: 100ms, multiplier: 3 }'));
      tracked.verdict(1, 'Up', 10);
      tracked.verdict(2, 'Up', 10);
      tracked.verdict(2, 'Down', 5000, 'by-peer');
      tracked.verdict(1, 'Down', 5000 + apart, 'by-peer');
      assert.deepEqual(tracked.paths.suspect(), suspect);
    });
  }

  test('never before there is a verdict on it', () => {
    assert.deepEqual(new Tracked(branch(2)).paths.suspect(), []);
  });
});

describe('another site', () => {
  test('takes over what is known of a path on the same device', () => {
    const before = new Tracked(branch(2));
    before.verdict(1, 'Up', 10);
    const after = new Tracked(branch(3), before.paths);
    assert.equal(after.paths.byName('wan1-hub')?.bfd, 'Up');
    assert.equal(after.paths.byName('wan3-hub')?.bfd, undefined);
  });

  test('knows nothing of a path whose tunnel is another one', () => {
    const before = new Tracked(branch(1));
    before.verdict(1, 'Up', 10);
    const after = new Tracked(branch(1, 'tunnel: { vni: 500 }'), before.paths);
    assert.equal(after.paths.byName('wan1-hub')?.bfd, undefined);
  });
});

test('a probe belongs to the path of its device, and one of no device to none', () => {
  const tracked = new Tracked(branch(2));
  tracked.paths.probe({ device: 'wt101', roundTrip: 12 });
  tracked.paths.probe({ device: 'wt999', roundTrip: 99 });
  assert.deepEqual(
    tracked.paths.all().map((path) => path.roundTrip.smoothed),
    [undefined, 12],
  );
});
