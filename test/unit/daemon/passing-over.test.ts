/** What cannot be made, and what others take away, on a machine in memory. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Change } from '../../../src/apply/change.ts';
import { Learned } from '../../../src/daemon/learned.ts';
import { partsOf } from '../../../src/plan/part.ts';
import { site } from '../../contract/sites.ts';
import { World } from '../../support/world.ts';

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
