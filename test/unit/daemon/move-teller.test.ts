/** Route changes as events: each move once, also one to a path that comes up only later. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { CarriageTracker } from '../../../src/daemon/carriage-tracker.ts';
import { MoveTeller } from '../../../src/daemon/move-teller.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import type { Drain } from '../../../src/daemon/path-tracker.ts';
import type { BfdState } from '../../../src/monitor/engine-log.ts';
import type { Event } from '../../../src/observe/event.ts';
import { wanTable } from '../../../src/plan/ids.ts';
import { branch } from '../../support/site.ts';

const site = branch(2);

/** Two paths that are up, and everything on its own one. */
function world() {
  mock.timers.enable({ apis: ['setTimeout'] });
  const paths = new PathTracker(site, undefined, 0);
  const carriage = new CarriageTracker(site);
  const events: Event[] = [];
  const drained: string[] = [];
  let telling = Promise.resolve();
  const teller = new MoveTeller({
    paths,
    inOrder: (work) => {
      telling = telling.then(work);
    },
    drained: () => Promise.resolve(new Set(drained)),
    onEvent: (event) => events.push(event),
  });
  const deviceOf = (wan: 1 | 2): string => paths.byName(`wan${wan}-hub`)!.plan.device;
  const verdict = (wan: 1 | 2, state: BfdState, at: number, drain?: Drain): void => {
    paths.verdict(paths.byName(`wan${wan}-hub`)!, state, at, at, drain);
    if (state === 'Up') teller.isUp(deviceOf(wan));
  };
  const table = wanTable(site, 0);
  const moved = async (to: 1 | 2, at: number): Promise<void> => {
    const move = carriage.routeIs(table, '10.20.0.0/16', deviceOf(to));
    if (move !== undefined) teller.add({ ...move, at });
    mock.timers.tick(50);
    await telling;
  };
  verdict(1, 'Up', 0);
  verdict(2, 'Up', 0);
  carriage.routeIs(table, '10.20.0.0/16', deviceOf(1));
  const told = async (): Promise<readonly string[]> => {
    await telling;
    return events.splice(0).map(({ kind, at }) => `${kind} ${at}`);
  };
  return { verdict, moved, told, drain: () => drained.push(deviceOf(1)) };
}

test('a move to a path that is up is told at once', async (t) => {
  t.after(() => mock.timers.reset());
  const { verdict, moved, told } = world();
  verdict(1, 'Down', 1000, 'here');
  await moved(2, 1001);
  assert.deepEqual(await told(), ['drained 1001']);
});

test('a move to a path that is not up is told when it comes up, once', async (t) => {
  t.after(() => mock.timers.reset());
  const { verdict, moved, told } = world();
  verdict(2, 'Down', 900);
  verdict(1, 'Down', 1000, 'here');
  await moved(2, 1001);
  assert.deepEqual(await told(), []);
  verdict(2, 'Up', 1040);
  assert.deepEqual(await told(), ['drained 1040']);
  verdict(2, 'Up', 1050);
  assert.deepEqual(await told(), []);
});

test('a move that came back before anybody was told is none', async (t) => {
  t.after(() => mock.timers.reset());
  const { verdict, moved, told } = world();
  verdict(2, 'Down', 900);
  verdict(1, 'Down', 1000);
  await moved(2, 1001);
  verdict(1, 'Up', 1100);
  await moved(1, 1101);
  verdict(2, 'Up', 1200);
  assert.deepEqual(await told(), []);
});

test('a drain of which the engine’s word comes after the kernel’s is one all the same', async (t) => {
  t.after(() => mock.timers.reset());
  const { verdict, moved, told, drain } = world();
  drain();
  await moved(2, 1001);
  assert.deepEqual(await told(), ['drained 1001']);
  verdict(1, 'Down', 1100, 'here');
  assert.deepEqual(await told(), []);
});
