/**
 * Many hosts at once, an empty pool, and a host that never has enough. The hosts are frames of our
 * own making; the gateway is the real one. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { macOf } from '../../support/dhcp/hosts.ts';
import type { Wish } from '../../support/dhcp/hosts.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import { ServedLan } from './served-lan.ts';

const WANS = [1, 2, 3];

function wishesOf(hosts: number, crowd = 0): Wish[] {
  return Array.from({ length: hosts }, (_, host) =>
    WANS.map((wan) => ({ mac: macOf(host, crowd), wan })),
  ).flat();
}

describe('500 hosts join at once', () => {
  const HOSTS = 500;
  let lan: ServedLan;
  before(async () => {
    lan = await ServedLan.create({ subnets: ['10.1.0.0/22', '10.2.0.0/22', '10.3.0.0/22'] });
  });
  after(() => lan.remove());

  test('each gets an address for each WAN, and none is given twice', async () => {
    const granted = await lan.hosts.join(wishesOf(HOSTS), 30_000);
    assert.equal(granted.length, HOSTS * WANS.length);
    for (const { wish, address } of granted) {
      assert.ok(address.startsWith(`10.${wish.wan}.`), `${address} for WAN ${wish.wan}`);
    }
    assert.equal(new Set(granted.map(({ address }) => address)).size, granted.length);
  });

  test('each is told the number of WANs', async () => {
    const [one] = await lan.hosts.join([{ mac: macOf(1), wan: 1 }], 10_000);
    assert.deepEqual([...(one?.message.options.get(224) ?? [])], [3]);
  });

  test('each gets the same again', async () => {
    const [first] = await lan.hosts.join(wishesOf(1), 10_000);
    const [second] = await lan.hosts.join(wishesOf(1), 10_000);
    assert.equal(second?.address, first?.address);
  });

  test('the status has them all, each as one host that uses every WAN', async () => {
    const { hosts } = await lan.status();
    assert.equal(hosts.length, HOSTS);
    assert.ok(hosts.every((host) => host.wanAware === 'yes'));
  });
});

describe('a small LAN', () => {
  let lan: ServedLan;
  before(async () => {
    // 13 addresses each.
    lan = await ServedLan.create({ subnets: ['10.1.0.0/28', '10.2.0.0/28', '10.3.0.0/28'] });
  });
  after(() => lan.remove());

  test('whoever comes first is served; the rest gets nothing, not even elsewhere', async () => {
    const granted = await lan.hosts.join(wishesOf(16), 6000);
    assert.equal(granted.length, 13 * WANS.length);
    for (const { wish, address } of granted) assert.ok(address.startsWith(`10.${wish.wan}.`));
  });

  test('it is said clearly that a pool is used up: as an event, in the status', async () => {
    const event = await eventually('an event', async () =>
      (await lan.events()).find(({ kind }) => kind === 'pool-exhausted'),
    );
    assert.match(event.text, /^10\.\d\.0\.0\/28 \(w\d\) has no free address: all 13 are taken/);
    const { provision } = await lan.status();
    assert.deepEqual(
      provision?.pools.map(({ free }) => free),
      [0, 0, 0],
    );
    const text = await lan.gateway.run('bin/wamptcp', 'status');
    assert.match(text, /10\.1\.0\.0\/28 0 of 13 free/);
  });
});

describe('a host that asks for new addresses for ever', () => {
  const GREEDY = macOf(1, 9);
  let lan: ServedLan;
  before(async () => {
    lan = await ServedLan.create({ subnets: ['10.1.0.0/27', '10.2.0.0/27', '10.3.0.0/27'] });
  });
  after(() => lan.remove());

  test('loses what is too much, and is not heard for a while', async () => {
    let round = 0;
    const event = await eventually('it is restrained', async () => {
      const wishes = Array.from({ length: 6 }, () => {
        round += 1;
        return { mac: GREEDY, wan: (round % 3) + 1, clientId: [1, round, 7] };
      });
      await lan.hosts.join(wishes, 1500);
      return (await lan.events()).find(({ kind }) => kind === 'host-restrained');
    });
    assert.match(event.text, new RegExp(GREEDY));
    await eventually('its addresses are free again', async () => {
      const { hosts } = await lan.status();
      return (hosts.find(({ mac }) => mac === GREEDY)?.addresses.length ?? 0) <= 12;
    });
    const more = await lan.hosts.join([{ mac: GREEDY, wan: 1, clientId: [1, 99] }], 2500);
    assert.deepEqual(more, []);
  });

  test('takes nothing in the name of addresses that are not its own', async () => {
    const frames = Array.from({ length: 40 }, (_, host) => host);
    for (const host of frames) {
      const answers = await lan.hosts.say(
        { mac: macOf(host, 8), options: new Map([[53, Uint8Array.of(1)]]) },
        { from: macOf(2, 9), patience: 20 },
      );
      assert.deepEqual(answers, []);
    }
  });

  test('keeps nobody else from theirs', async () => {
    const granted = await lan.hosts.join(wishesOf(5), 10_000);
    assert.equal(granted.length, 15);
  });
});
