/** What a person reads about a failure and its repair. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CarriageTracker } from '../../../src/daemon/carriage-tracker.ts';
import {
  describeHeld,
  describeMove,
  describePathMtu,
  describeRelease,
  describeVerdict,
} from '../../../src/daemon/narrate.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import type { Drain } from '../../../src/daemon/path-tracker.ts';
import type { BfdState } from '../../../src/monitor/engine-log.ts';
import type { Event } from '../../../src/observe/event.ts';
import { bestTable, wanTable } from '../../../src/plan/ids.ts';
import { branch } from '../../support/site.ts';

const site = branch(2, 'recovery: { hold-down: 2s, damping: { flaps: 2 } }');

/** Two paths that are up since time 0. */
function world(): {
  paths: PathTracker;
  verdict: (wan: number, state: BfdState, at: number, drain?: Drain) => readonly Event[];
  move: (table: number, from: string, to: string | undefined, at: number) => Event | undefined;
} {
  const paths = new PathTracker(site, undefined, 0);
  const carriage = new CarriageTracker(site);
  const verdict = (wan: number, state: BfdState, at: number, drain?: Drain): readonly Event[] => {
    const found = paths.verdict(paths.byName(`wan${wan}-hub`)!, state, at, at, drain);
    return found === undefined ? [] : describeVerdict(found, paths, 777);
  };
  verdict(1, 'Up', 0);
  verdict(2, 'Up', 0);
  return {
    paths,
    verdict,
    move: (table, from, to, at) => {
      carriage.routeIs(table, '10.20.0.0/16', from);
      const move = carriage.routeIs(table, '10.20.0.0/16', to);
      assert.ok(move);
      return describeMove({ ...move, at }, paths);
    },
  };
}

const texts = (events: readonly Event[]): readonly string[] => events.map((event) => event.text);

describe('a path', () => {
  test('fails, and how long it had been up is said', () => {
    assert.deepEqual(world().verdict(1, 'Down', 5000), [
      {
        at: 5000,
        kind: 'path-down',
        path: 'wan1-hub',
        wan: 'wan1',
        afterMs: 5000,
        text: 'wan1-hub has failed',
      },
    ]);
  });

  test('is up again, and after how long is said', () => {
    const { verdict } = world();
    verdict(1, 'Down', 5000);
    assert.deepEqual(texts(verdict(1, 'Up', 5420)), ['wan1-hub is up again after 420ms']);
  });

  test('flaps', () => {
    const { verdict } = world();
    verdict(1, 'Down', 5000);
    verdict(1, 'Up', 5100);
    assert.deepEqual(texts(verdict(1, 'Down', 5200)), [
      'wan1-hub has failed; it flaps and is damped: left alone until it stays up',
    ]);
  });

  test('that flaps on is told no more until it is released, with how often it changed', () => {
    const { paths, verdict } = world();
    verdict(1, 'Down', 5000);
    verdict(1, 'Up', 5100);
    verdict(1, 'Down', 5200);
    for (let at = 6000; at < 12_000; at += 1000) {
      assert.deepEqual(verdict(1, at % 2000 === 0 ? 'Up' : 'Down', at), []);
      assert.equal(describeHeld(paths.byName('wan1-hub')!, 777, at), undefined);
    }
    assert.deepEqual(verdict(1, 'Up', 12_000), []);
    const released = describeRelease(paths.byName('wan1-hub')!, 777);
    assert.equal(released.text, 'wan1-hub is released: it flaps no longer, after 7 more changes');
    // Later it is like any other.
    assert.deepEqual(texts(verdict(1, 'Down', 99_000)), ['wan1-hub has failed']);
  });

  test('that flaps is told when it is all that there is', () => {
    const { verdict } = world();
    verdict(1, 'Down', 5000);
    verdict(1, 'Up', 5100);
    verdict(1, 'Down', 5200);
    verdict(1, 'Up', 5300);
    verdict(2, 'Down', 5400);
    assert.deepEqual(
      verdict(1, 'Down', 5500).map(({ kind }) => kind),
      ['no-path'],
    );
    assert.deepEqual(
      verdict(1, 'Up', 5600).map(({ kind }) => kind),
      ['path-up'],
    );
  });

  test('is the last one to fail', () => {
    const { verdict } = world();
    verdict(1, 'Down', 5000);
    assert.deepEqual(
      verdict(2, 'Down', 5100).map((event) => event.kind),
      ['path-down', 'no-path'],
    );
  });

  test('is drained, here or by the peer, and has not failed', () => {
    assert.deepEqual(texts(world().verdict(1, 'Down', 9, 'here')), ['wan1-hub is drained here']);
    assert.deepEqual(texts(world().verdict(1, 'Down', 9, 'by-peer')), [
      'wan1-hub is drained by hub',
    ]);
  });

  test('is the last one to be drained, and where traffic stays is said', () => {
    const { verdict } = world();
    verdict(1, 'Down', 5000, 'here');
    const [down, stays] = verdict(2, 'Down', 6000, 'here');
    assert.equal(down?.kind, 'path-down');
    assert.deepEqual(
      [stays?.kind, stays?.path, stays?.text],
      ['drained', 'wan2-hub', 'every path to hub is drained; traffic stays on wan2-hub'],
    );
  });

  test('is drained while the others are down, or fails while they are drained', () => {
    const one = world();
    one.verdict(1, 'Down', 5000);
    assert.deepEqual(texts(one.verdict(2, 'Down', 6000, 'here')), [
      'wan2-hub is drained here',
      'no other path to hub is up; traffic stays on wan2-hub, which is drained',
    ]);
    const other = world();
    other.verdict(1, 'Down', 5000, 'here');
    assert.deepEqual(texts(other.verdict(2, 'Down', 6000)), [
      'wan2-hub has failed',
      'no path to hub is up (wan1-hub is drained); traffic waits for the first that returns',
    ]);
  });

  test('comes up for the first time, and nothing is told of what was not', () => {
    const paths = new PathTracker(site, undefined, 0);
    const verdict = (wan: number, state: BfdState, at: number): readonly Event[] => {
      const found = paths.verdict(paths.byName(`wan${wan}-hub`)!, state, at, at, undefined);
      return found === undefined ? [] : describeVerdict(found, paths, 777);
    };
    assert.deepEqual([...verdict(1, 'Down', 1), ...verdict(2, 'Down', 1)], []);
    assert.deepEqual(texts(verdict(1, 'Up', 213)), ['wan1-hub is up']);
    assert.deepEqual(texts(verdict(2, 'Up', 250)), ['wan2-hub is up']);
    assert.deepEqual(texts(verdict(2, 'Down', 900)), ['wan2-hub has failed']);
  });

  test('is found as it is by a daemon that has just started', () => {
    const paths = new PathTracker(site, undefined, 0);
    const found = paths.verdict(paths.byName('wan1-hub')!, 'Up', 3, 3, undefined)!;
    assert.deepEqual(describeVerdict(found, paths, 777), [
      { at: 777, kind: 'path-up', path: 'wan1-hub', wan: 'wan1', text: 'wan1-hub is up' },
    ]);
  });

  test('is held, for hold-down or damping, and released', () => {
    const { paths, verdict } = world();
    verdict(1, 'Down', 5000);
    verdict(1, 'Up', 6000);
    const path = paths.byName('wan1-hub')!;
    assert.equal(describeHeld(path, 777, 6000)?.text, 'wan1-hub is held: hold-down for 2s');
    assert.equal(describeRelease(path, 777).text, 'wan1-hub is released');
  });

  test('that was damped when the daemon ended is told to be', () => {
    const again = branch(2, 'recovery: { damping: { flaps: 2 } }');
    const paths = new PathTracker(again, undefined, 0, ['wan1-hub']);
    paths.verdict(paths.byName('wan1-hub')!, 'Up', 8000, 8000, undefined);
    const text = describeHeld(paths.byName('wan1-hub')!, 777, 8000)?.text;
    assert.equal(text, 'wan1-hub is held: it flaps, damped for 30s');
  });
});

describe('a move', () => {
  const own = wanTable(site, 0);

  test('to a detour is a repair, with the time from the verdict to the kernel', () => {
    const { verdict, move } = world();
    verdict(1, 'Down', 5000);
    assert.deepEqual(move(own, 'wt100', 'wt101', 5000.4), {
      at: 5000.4,
      kind: 'repair',
      wan: 'wan1',
      path: 'wan2-hub',
      text: 'wan1 to hub: now by wan2-hub',
      switchMs: 5000.4 - 5000,
    });
  });

  test('home is a revert', () => {
    const { verdict, move } = world();
    verdict(1, 'Down', 5000);
    verdict(1, 'Up', 8000);
    const event = move(own, 'wt101', 'wt100', 8000.5);
    assert.deepEqual([event?.kind, event?.text], ['revert', 'wan1 to hub: back on wan1-hub']);
    assert.equal(event?.switchMs, 0.5);
  });

  test('away from a drained path is no repair', () => {
    const { verdict, move } = world();
    verdict(1, 'Down', 5000, 'by-peer');
    assert.equal(move(own, 'wt100', 'wt101', 5001)?.kind, 'drained');
  });

  test('of what is not TCP, or has no WAN, names the peer', () => {
    const { verdict, move } = world();
    verdict(1, 'Down', 5000);
    assert.equal(
      move(bestTable(site), 'wt100', 'wt101', 5001)?.text,
      'UDP and the rest to hub: now by wan2-hub',
    );
  });

  test('of TCP to what the peer has tied to a path names the WAN of that path', () => {
    const { paths, verdict } = world();
    verdict(1, 'Down', 5000);
    const primary = paths.byName('wan1-hub')!.plan;
    const move = { peer: 'hub', from: 'wt100', to: 'wt101', primary, at: 5001 };
    assert.equal(
      describeMove({ ...move, traffic: { kind: 'to-tied' } }, paths)?.text,
      "TCP to hub's subnets of wan1: now by wan2-hub",
    );
  });

  test('of a class names it', () => {
    const { paths, verdict } = world();
    verdict(1, 'Down', 5000);
    const primary = paths.byName('wan1-hub')!.plan;
    const move = { peer: 'hub', from: 'wt100', to: 'wt101', primary, at: 5001 };
    assert.equal(
      describeMove({ ...move, traffic: { kind: 'class', name: 'voice' } }, paths)?.text,
      'class voice to hub: now by wan2-hub',
    );
  });

  test('of flows that are spread is told once, though they go to several paths', () => {
    const { paths, verdict } = world();
    const primary = paths.byName('wan1-hub')!.plan;
    const text = (from: string, to: string): string | undefined =>
      describeMove({ traffic: { kind: 'spread' }, peer: 'hub', from, to, primary, at: 0 }, paths)
        ?.text;
    verdict(1, 'Down', 5000);
    assert.equal(text('wt100', 'wt101'), 'flows to hub spread over wan1: now by the others');
    verdict(1, 'Up', 8000);
    assert.equal(text('wt101', 'wt100'), 'flows to hub spread over wan1: back on wan1-hub');
  });

  test('to a path that is not up is not told: that there is none was', () => {
    const { verdict, move } = world();
    verdict(1, 'Down', 5000);
    verdict(2, 'Down', 5000);
    assert.equal(move(own, 'wt100', 'wt101', 5001), undefined);
    assert.equal(move(own, 'wt100', undefined, 5002), undefined);
  });

  test('long after the verdict was not caused by it', () => {
    const { verdict, move } = world();
    verdict(1, 'Down', 5000);
    assert.equal(move(own, 'wt100', 'wt101', 65_000)?.switchMs, undefined);
  });
});

describe('what a line takes', () => {
  const { paths } = world();
  const told = (mtu: number): string =>
    describePathMtu(paths.byName('wan1-hub')!, mtu, 1450, 0).text;

  test('is told as the provider would, with the headers outside', () => {
    assert.equal(
      told(1350),
      'wan1-hub: the line takes packets of 1400 octets, its interface 1500; what is sent by it is kept to that',
    );
  });

  test('is told when it takes everything again', () => {
    assert.equal(told(1450), 'wan1-hub: packets of 1500 octets come through');
  });
});
