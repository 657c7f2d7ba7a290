/** The operations on a gateway, on a machine in memory. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { SiteConfig } from '../../../src/config/site.ts';
import { ExpiredApply } from '../../../src/daemon/expired-apply.ts';
import { rollBackExpired } from '../../../src/daemon/guard.ts';
import { isInterruption } from '../../../src/apply/interruption.ts';
import { site } from '../../contract/sites.ts';
import { World } from '../../support/world.ts';
import { siteFrom } from '../../support/site.ts';

const FIRST = site({ wans: 1 });
const SECOND = site();

describe('an apply that waits for confirmation', () => {
  test('is over by the time that has passed, whatever the wall clock says', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 60_000 });
    world.clock.setWall(9_000_000_000);
    assert.equal(await world.gateway.rollback(true), undefined);
    world.clock.setWall(0);
    world.clock.advance(60_000);
    assert.ok(await world.gateway.rollback(true));
    assert.deepEqual(await world.appliedSite(), FIRST);
  });

  test('that was rolled back is not applied again by a restart of the daemon', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    world.clock.advance(1000);
    for (let start = 0; start < 2; start++) {
      await world.daemonStarts(SECOND);
      assert.deepEqual(await world.appliedSite(), FIRST);
      assert.match(world.events.at(start)?.text ?? '', /was rolled back.*wamptcp apply -c \/etc/);
    }
    await world.gateway.apply(SECOND, 'site.yaml');
    await world.daemonStarts(SECOND);
    assert.deepEqual(await world.appliedSite(), SECOND, 'somebody has said so');
  });

  test('is known for what it was, though it was killed half way and put right meanwhile', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    const { machine, store } = world;
    let changes = 0;
    machine.beforeEach = () => {
      if (++changes === 3) store.frozen = true;
      if (changes === 3) throw new Error('killed');
    };
    const apply = world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    await assert.rejects(apply, /killed/);
    store.frozen = false;
    machine.beforeEach = () => undefined;
    assert.ok((await world.gateway.state()).pending, 'it was written down before');
    await world.gateway.reconverge();
    world.clock.advance(1000);
    await world.daemonStarts(SECOND);
    assert.deepEqual(await world.appliedSite(), FIRST);
  });

  test('is rolled back without the helpers that cannot be started', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(site({ wans: 1, provision: 'off' }), 'site.yaml', {
      confirmWithin: 1000,
    });
    world.refuse('provisioner');
    const report = await world.gateway.rollback();
    assert.equal(report?.failure, undefined);
    assert.equal(report?.passedOver.length, 1);
    assert.deepEqual(report.remaining, []);
    assert.deepEqual(await world.appliedSite(), FIRST);
  });

  test('does not keep a file that was changed since from being applied', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    await world.gateway.rollback();
    const changed = site({ provision: 'off' });
    await world.daemonStarts(changed);
    assert.deepEqual(await world.appliedSite(), changed);
  });

  test('keeps its time when the daemon is restarted', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    await world.daemonStarts(FIRST);
    assert.deepEqual(await world.appliedSite(), SECOND);
    assert.ok((await world.gateway.state()).pending);
  });

  test('is tried to be rolled back until that succeeds; a failure is told once', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    const { gateway, clock } = world;
    const expired = new ExpiredApply({ gateway, clock, onEvent: (one) => world.events.push(one) });
    assert.equal(await expired.rollBack(), false);
    clock.advance(1000);
    world.refuse('engine');
    for (let second = 0; second < 25; second++) {
      assert.equal(await expired.rollBack(), false);
      clock.advance(1000);
    }
    assert.deepEqual(
      world.events.map(({ kind }) => kind),
      ['apply-failed'],
    );
    world.refuse(undefined);
    clock.advance(10_000);
    assert.equal(await expired.rollBack(), true);
    assert.equal(world.events.at(-1)?.text, 'not confirmed in time: rolled back');
    assert.deepEqual(await world.appliedSite(), FIRST);
  });
});

const AT_ONCE = 1;

describe('the time to confirm', () => {
  test('begins when the apply ends: one that takes longer than it can be confirmed', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    world.machine.beforeEach = () => {
      world.clock.advance(1000);
    };
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    world.machine.beforeEach = () => undefined;
    const { pending } = await world.gateway.state();
    assert.equal(pending?.time?.due, world.clock.monotonic() + 1000);
    assert.equal(await world.gateway.rollback(true), undefined);
    world.clock.advance(999);
    assert.ok(await world.gateway.confirm());
    assert.deepEqual(await world.appliedSite(), SECOND);
  });

  test('is not waited for when the apply was killed: there is nothing whole to confirm', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    const before = world.machine.snapshot();
    let guarded = false;
    let changes = 0;
    world.machine.beforeEach = () => {
      assert.ok(guarded, 'before the first change');
      if (++changes === 5) world.store.frozen = true;
      if (changes >= 5) throw new Error('killed');
    };
    const apply = world.gateway.apply(SECOND, 'site.yaml', {
      confirmWithin: 60_000,
      beforeUnconfirmed: () => {
        guarded = world.store.state.pending !== undefined;
      },
    });
    await assert.rejects(apply, /killed/);
    world.store.frozen = false;
    world.machine.beforeEach = () => undefined;
    await assert.rejects(world.gateway.confirm(), { code: 'UNFINISHED' });
    await rollBackExpired(world.gateway, world.clock, AT_ONCE);
    assert.equal(world.machine.snapshot(), before);
    assert.deepEqual(await world.appliedSite(), FIRST);
  });

  test('ends once, whoever guards it', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 0 });
    const guards = [1, 2].map(() => rollBackExpired(world.gateway, world.clock, AT_ONCE));
    const reports = await Promise.all(guards);
    assert.equal(reports.filter((report) => report !== undefined).length, 1);
    assert.deepEqual(await world.appliedSite(), FIRST);
  });
});

describe('an apply that is stopped', () => {
  test('is undone after whichever change, and a stopped down as well', async () => {
    const world = new World();
    const empty = world.machine.snapshot();
    const { length: total } = (await world.gateway.plan(SECOND)).changes;
    for (let count = 0; count < total; count++) {
      let made = 0;
      const stopped = (): boolean => made++ === count;
      const { failure, done } = await world.gateway.apply(SECOND, 'site.yaml', { stopped });
      assert.equal(done.length, count);
      assert.ok(failure !== undefined && isInterruption(failure.error));
      assert.deepEqual(failure.notUndone, []);
      assert.equal(world.machine.snapshot(), empty);
    }
    await world.gateway.apply(SECOND, 'site.yaml');
    const full = world.machine.snapshot();
    let made = 0;
    const { failure } = await world.gateway.down({ stopped: () => made++ === 7 });
    assert.ok(failure);
    assert.equal(world.machine.snapshot(), full);
    assert.deepEqual(await world.appliedSite(), SECOND);
  });
});

describe('what follows from an apply', () => {
  const swapped = (remote: string, own: string): SiteConfig =>
    site({ wans: 1, wanAddress: `${own}/29`, remote });

  test('is made by it: an address that it gives up may be the peer\u2019s', async () => {
    const world = new World();
    await world.gateway.apply(swapped('192.0.2.3', '192.0.2.2'), 'site.yaml');
    const report = await world.gateway.apply(swapped('192.0.2.2', '192.0.2.3'), 'site.yaml');
    assert.deepEqual([report.failure, report.remaining], [undefined, []]);
    const { applied } = await world.gateway.state();
    assert.equal((await world.gateway.plan(applied?.site)).changes.length, 0);
  });

  test('has an end: what somebody else keeps changing is said', async () => {
    const world = new World();
    const { machine } = world;
    // Whatever is made of this kind is gone at once.
    machine.afterEach = ({ action, resource }) => {
      if (action === 'add' && resource.kind === 'rule') {
        void machine.execute({ action: 'remove', resource, reason: 'by somebody else' });
      }
    };
    const { remaining, failure } = await world.gateway.apply(SECOND, 'site.yaml');
    assert.equal(failure, undefined);
    assert.ok(remaining.length > 0);
    assert.ok(remaining.every(({ resource }) => resource.kind === 'rule'));
  });
});

describe('the file of another site', () => {
  const OTHER = siteFrom(
    'site: other\nlan: lan1\nwans: [{ name: one, interface: w1, direct: on }]',
  );

  test('is refused by apply and by a daemon that starts, unless it may take its place', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await assert.rejects(world.gateway.apply(OTHER, 'x'), { code: 'OTHER_SITE' });
    await assert.rejects(world.daemonStarts(OTHER), { code: 'OTHER_SITE' });
    assert.deepEqual(await world.appliedSite(), FIRST);
    await world.gateway.apply(OTHER, 'x', { replaceSite: true });
    assert.deepEqual(await world.appliedSite(), OTHER);
  });

  test('of which no LAN or no WAN interface is here is refused, but not by a daemon', async () => {
    const world = new World();
    const options = { requireInterfaces: true };
    for (const [here, gone] of [
      ['lan: lan1', 'lan: lan7'],
      ['interface: w1', 'interface: w7'],
    ] as const) {
      const yaml = 'site: other\nlan: lan1\nwans: [{ name: one, interface: w1, direct: on }]';
      const elsewhere = siteFrom(yaml.replace(here, gone));
      await assert.rejects(world.gateway.apply(elsewhere, 'x', options), { code: 'OTHER_MACHINE' });
      assert.equal((await world.daemonStarts(elsewhere))?.failure, undefined);
      await world.gateway.down();
    }
    assert.equal((await world.gateway.apply(OTHER, 'x', options)).failure, undefined);
  });
});

describe('the guard of an apply that waits for confirmation', () => {
  test('tries again what fails, and ends with its success', async () => {
    const world = new World();
    await world.gateway.apply(FIRST, 'site.yaml');
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    world.clock.advance(1000);
    let refusals = 2;
    world.machine.beforeEach = () => {
      if (refusals-- > 0) throw new Error('not now');
    };
    const report = await rollBackExpired(world.gateway, world.clock, AT_ONCE);
    assert.equal(report?.failure, undefined);
    assert.deepEqual(await world.appliedSite(), FIRST);
  });

  test('ends when it was confirmed', async () => {
    const world = new World();
    await world.gateway.apply(SECOND, 'site.yaml', { confirmWithin: 1000 });
    await world.gateway.confirm();
    assert.equal(await rollBackExpired(world.gateway, world.clock, AT_ONCE), undefined);
    assert.deepEqual(await world.appliedSite(), SECOND);
  });
});
