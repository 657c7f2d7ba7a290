/** The operations on a gateway, on a machine in memory. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Change } from '../../../src/apply/change.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { firstApply } from '../../../src/daemon/first-apply.ts';
import { ExpiredApply } from '../../../src/daemon/expired-apply.ts';
import { Gateway } from '../../../src/daemon/gateway.ts';
import { rollBackExpired } from '../../../src/daemon/guard.ts';
import { Learned } from '../../../src/daemon/learned.ts';
import { FakeDataplane } from '../../../src/dataplane/fake/fake.ts';
import { ManualClock } from '../../../src/lib/clock.ts';
import type { Event } from '../../../src/observe/event.ts';
import { partsOf } from '../../../src/plan/part.ts';
import { isInterruption } from '../../../src/apply/interruption.ts';
import { site } from '../../contract/sites.ts';
import { siteFrom } from '../../support/site.ts';
import { MemoryStore } from '../../support/memory-store.ts';

/** What a daemon or a command has of one gateway, whoever is restarted meanwhile. */
class World {
  readonly machine = new FakeDataplane();
  readonly store = new MemoryStore();
  readonly clock = new ManualClock({ monotonic: 5_000, wall: 1_000_000 });
  readonly gateway = new Gateway(this.machine, this.store, this.clock);
  readonly events: Omit<Event, 'at'>[] = [];

  constructor() {
    for (const name of ['lan1', 'w1', 'w2']) this.machine.addInterface(name);
  }

  /** From now on no change of this kind succeeds; undefined: all do. */
  refuse(kind: Change['resource']['kind'] | undefined): void {
    this.machine.beforeEach = ({ action, resource }) => {
      if (resource.kind === kind && action !== 'remove') throw new Error(`no ${kind} here`);
    };
  }

  async daemonStarts(wanted: SiteConfig) {
    const { gateway } = this;
    const onEvent = (event: Omit<Event, 'at'>): void => void this.events.push(event);
    return firstApply({ gateway, site: wanted, file: '/etc/site.yaml', onEvent });
  }

  async appliedSite(): Promise<SiteConfig | undefined> {
    return (await this.gateway.state()).applied?.site;
  }
}

const FIRST = site({ wans: 1 });
const SECOND = site();

describe('what cannot be made', () => {
  test('of a program that serves hosts is left away, and started when it can be', async () => {
    const world = new World();
    const learned = new Learned();
    world.refuse('provisioner');
    const report = await world.daemonStarts(SECOND);
    assert.ok(report);
    assert.equal(report.failure, undefined);
    assert.deepEqual(
      report.passedOver.map(({ change }) => change.resource.kind),
      ['provisioner'],
    );
    const [event] = learned.take(report, SECOND);
    assert.match(event?.text ?? '', /^dnsmasq: cannot be started: no prov.*tried again/);
    assert.deepEqual(
      learned.waiting.map(({ what }) => what),
      ['dnsmasq'],
    );
    const again = await world.gateway.reconverge();
    assert.ok(again);
    assert.deepEqual(learned.take(again, SECOND), [], 'told once');
    world.refuse(undefined);
    const mended = await world.gateway.reconverge();
    assert.ok(mended);
    assert.deepEqual(
      mended.done.map(({ action, resource }) => `${action} ${resource.kind}`),
      ['add provisioner'],
    );
    const texts = learned.take(mended, SECOND).map(({ text }) => text);
    assert.deepEqual(texts, ['dnsmasq: what could not be made is there now', '1 change made']);
    assert.deepEqual(learned.waiting, []);
    assert.equal((await world.gateway.plan(SECOND)).changes.length, 0);
  });

  test('of one path is passed over by an apply, too, and the others are made', async () => {
    const world = new World();
    world.machine.beforeEach = ({ action, resource }) => {
      if (resource.kind === 'vxlan' && resource.name === 'wt100' && action === 'add') {
        throw new Error('no such line');
      }
    };
    const report = await world.gateway.apply(SECOND, 'site.yaml');
    assert.equal(report.failure, undefined);
    const parts = report.passedOver.map(({ change }) => partsOf(SECOND)(change.resource).kind);
    assert.deepEqual([...new Set(parts)], ['path']);
    assert.deepEqual(await world.appliedSite(), SECOND);
    assert.ok(world.machine.snapshot().includes('"lower":"w2"'));
  });

  test('of the site as a whole undoes an apply', async () => {
    const world = new World();
    const before = world.machine.snapshot();
    world.refuse('nftables');
    const { failure } = await world.gateway.apply(SECOND, 'site.yaml');
    assert.equal(failure?.change.resource.kind, 'nftables');
    assert.equal(world.machine.snapshot(), before);
  });

  test('does not keep a daemon from making the rest, whatever it is', async () => {
    const world = new World();
    const learned = new Learned();
    world.refuse('nftables');
    const report = await world.daemonStarts(SECOND);
    assert.equal(report?.failure, undefined);
    assert.deepEqual(await world.appliedSite(), SECOND);
    const texts = learned.take(report!, SECOND).map(({ text }) => text);
    assert.match(texts[0] ?? '', /^site .*: nftables table inet wamptcp cannot be made: no nft/);
    world.refuse(undefined);
    const mended = await world.gateway.reconverge();
    assert.deepEqual(
      mended?.done.map(({ resource }) => resource.kind),
      ['nftables'],
    );
  });

  test('is not tried while it is put off', async () => {
    const world = new World();
    world.refuse('provisioner');
    await world.daemonStarts(SECOND);
    let tried = 0;
    world.machine.beforeEach = () => (tried += 1);
    const isPutOff = ({ resource }: Change): boolean => resource.kind === 'provisioner';
    const report = await world.gateway.reconverge({ isPutOff });
    assert.equal(tried, 0);
    assert.deepEqual(
      report?.skipped.map(({ resource }) => resource.kind),
      ['provisioner'],
    );
  });
});

describe('what somebody else has taken away', () => {
  test('is made again and named; what is new is not called so', async () => {
    const world = new World();
    const learned = new Learned();
    const first = await world.daemonStarts(SECOND);
    learned.take(first!, SECOND);
    for (const key of ['nftables', 'rule'] as const) world.machine.lose(key);
    const report = await world.gateway.reconverge();
    const texts = learned.take(report!, SECOND).map(({ kind, text }) => `${kind}: ${text}`);
    assert.ok(
      texts.includes('healed: nftables table inet wamptcp was gone and is back'),
      texts.join('\n'),
    );
    assert.ok(texts.some((text) => /^healed: \d+ policy rules were gone and are back/.test(text)));
    assert.ok(
      texts.every((text) => text.startsWith('healed: ')),
      texts.join('\n'),
    );
    world.machine.setDown('w1');
    world.machine.removeInterface('w2');
    world.machine.addInterface('w2');
    const next = learned.take((await world.gateway.reconverge())!, SECOND);
    assert.ok(next.some(({ kind }) => kind === 'healed'));
  });
});

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
