/** The kernel’s notifications → what happened. The lines are those of `ip -ts -o monitor label …`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { localTime } from '../../../src/monitor/engine-log.ts';
import { parseKernelLine } from '../../../src/monitor/kernel-log.ts';

const TIME = '[2026-11-22T20:38:19.922268]';
const at = localTime('2026-11-22T20:38:19', '.922268');

function route(text: string): unknown {
  return parseKernelLine(`${TIME} [ROUTE]${text}`);
}

describe('a route of the engine', () => {
  const common = { kind: 'route', at, table: 5001, deleted: false, byEngine: true };

  test('of IPv4, over a tunnel', () => {
    assert.deepEqual(
      route('10.20.0.0/16 via inet6 fe80::64:2 dev wt100 table 5001 proto 12 metric 32 '),
      { ...common, prefix: '10.20.0.0/16', device: 'wt100' },
    );
  });

  test('of IPv6', () => {
    assert.deepEqual(
      route('2001:db8:20::/48 via fe80::64:2 dev wt100 table 5001 proto 12 metric 32 pref medium'),
      { ...common, prefix: '2001:db8:20::/48', device: 'wt100' },
    );
  });

  test('to one host, which is printed without a length', () => {
    assert.deepEqual(
      route('10.20.0.5 via inet6 fe80::64:2 dev wt100 table 5001 proto 12 metric 32 '),
      { ...common, prefix: '10.20.0.5/32', device: 'wt100' },
    );
  });

  test('to everywhere', () => {
    assert.deepEqual(
      route('default via inet6 fe80::64:2 dev wt100 table 5001 proto 12 metric 32 '),
      { ...common, prefix: 'default', device: 'wt100' },
    );
  });

  test('that leads nowhere has no device', () => {
    assert.deepEqual(route('7 10.20.0.0/16 table 5001 proto 12 metric 32 '), {
      ...common,
      prefix: '10.20.0.0/16',
      device: undefined,
    });
    assert.deepEqual(route('7 2001:db8:20::/48 dev lo table 5001 proto 12 metric 32 pref medium'), {
      ...common,
      prefix: '2001:db8:20::/48',
      device: undefined,
    });
  });

  test('that is deleted has no device', () => {
    assert.deepEqual(
      route('Deleted 10.20.0.0/16 via inet6 fe80::64:2 dev wt100 table 5001 proto 12 metric 32 '),
      { ...common, prefix: '10.20.0.0/16', device: undefined, deleted: true },
    );
  });
});

describe('what is told', () => {
  test('of links, addresses, rules and switches is that something has changed', () => {
    for (const line of [
      `${TIME} [LINK]2: w1@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP`,
      `${TIME} [LINK]Deleted 5: wt100: <BROADCAST,MULTICAST> mtu 1450 qdisc noop state DOWN`,
      `${TIME} [ADDR]2: w1    inet 192.0.2.1/30 scope global w1\\       valid_lft forever`,
      `${TIME} [RULE]Deleted 5020:\tfrom 10.1.0.0/16 lookup 5001 proto 87`,
      `${TIME} [NETCONF]inet lan0 forwarding off `,
      `${TIME} [ADDR]Deleted 2: w1    inet 192.0.2.1/30 scope global w1\\       valid_lft forever`,
    ]) {
      assert.deepEqual(parseKernelLine(line), { kind: 'other', at }, line);
    }
  });

  test('of a route in a table that is not the main one is whose it is', () => {
    assert.deepEqual(route('Deleted default dev w1 table 5101 proto 87 scope link '), {
      ...{ kind: 'route', at, table: 5101, prefix: 'default', device: undefined },
      ...{ deleted: true, byEngine: false },
    });
  });

  test('of a route in the main table is that something has changed: it may lead to a network', () => {
    for (const text of [
      'default via 192.0.2.1 dev w1 ',
      '10.50.0.0/24 via 10.10.1.254 dev lan0 ',
      'Deleted 10.50.0.0/24 via 10.10.1.254 dev lan0 ',
      '10.51.0.0/24 \\\tnexthop via 10.10.1.254 dev lan0 weight 1 ',
      '10.0.0.0/8 via 192.0.2.9 dev w1 proto 12 metric 32 ',
    ]) {
      assert.deepEqual(parseKernelLine(`${TIME} [ROUTE]${text}`), { kind: 'other', at }, text);
    }
  });

  test("of the kernel's own routes is nothing: its addresses are told", () => {
    for (const text of [
      '192.0.2.0/30 dev w1 proto 2 scope link src 192.0.2.1 linkdown ',
      'Deleted fe80::/64 dev w1 proto 2 metric 256 linkdown pref medium',
      '2 fe80::64:2 dev wt100 table 255 proto 2 metric 0 pref medium',
    ]) {
      assert.equal(route(text), undefined, text);
    }
  });

  test('of anything else is nothing', () => {
    for (const line of [
      '',
      'Terminated',
      `${TIME} [NEIGH]fe80::1 dev w1 lladdr 02:00:00:00:00:01`,
    ]) {
      assert.equal(parseKernelLine(line), undefined, line);
    }
  });
});
