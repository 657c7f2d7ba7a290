/** What of the machine is in the way of a site, and when it is told. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { WarningWatch } from '../../../src/daemon/warning-watch.ts';
import {
  firewallWarnings,
  membershipWarnings,
  NOTHING_FOUND,
} from '../../../src/daemon/warnings.ts';
import type { Found } from '../../../src/daemon/warnings.ts';
import { foreignTables } from '../../../src/dataplane/kernel/foreign-ruleset.ts';
import { parseMemberships } from '../../../src/dataplane/kernel/memberships.ts';
import { parseForeignChains } from '../../../src/monitor/foreign-firewall.ts';
import { branch } from '../../support/site.ts';

const site = branch(2);

const chains = (family: string, table: string, name: string, hook: string, more: unknown[] = []) =>
  parseForeignChains(
    JSON.stringify({
      nftables: [{ chain: { family, table, name, type: 'filter', hook, policy: 'drop' } }, ...more],
    }),
  );

describe('a firewall of others', () => {
  test('that drops all that comes in is named with what it drops and the rules to add', () => {
    const { warnings, firewalls } = firewallWarnings(site, chains('inet', 'fw', 'input', 'input'));
    const [only, more] = warnings;
    assert.equal(more, undefined);
    assert.match(
      only!.text,
      /^chain inet fw input \(policy drop\), which is not ours, drops the tunnels \(UDP 4789\) from w1, w2; BFD/,
    );
    assert.match(
      only!.advice,
      /`nft insert rule inet fw input iifname \{ "w1", "w2" \} udp dport 4789 accept`/,
    );
    assert.match(only!.advice, /iifname "wt\*" ip6 saddr fe80::\/64 accept/);
    assert.equal(firewalls.length, 1);
  });

  test('of Docker has its own words and its own place, and is no reason for a path to be down', () => {
    const user = {
      rule: { family: 'ip', table: 'filter', chain: 'DOCKER-USER', expr: [{ return: null }] },
    };
    const found = firewallWarnings(site, chains('ip', 'filter', 'FORWARD', 'forward', [user]));
    assert.match(
      found.warnings[0]!.text,
      /what hosts on lan1 send by the tunnels; what the tunnels/,
    );
    assert.match(found.warnings[0]!.advice, /`iptables -I DOCKER-USER -i lan1 -o wt\+ -j ACCEPT`/);
    assert.deepEqual(found.firewalls, []);
  });

  test('that drops nothing of ours is not told of', () => {
    assert.deepEqual(firewallWarnings(site, chains('ip6', 'x', 'f', 'forward')), NOTHING_FOUND);
  });
});

test('our own tables are not read', () => {
  const table = (family: string, name: string) => ({ table: { family, name, handle: 1 } });
  const tables = [
    { metainfo: {} },
    ...[table('inet', 'wamptcp'), table('inet', 'wamptcp_proxy_5'), table('ip', 'filter')],
    ...[table('bridge', 'x'), table('inet', 'wamptcpish')],
  ];
  assert.deepEqual(
    foreignTables(JSON.stringify({ nftables: tables })).map(({ name }) => name),
    ['filter', 'wamptcpish'],
  );
});

describe('an interface that belongs to another', () => {
  const memberships = parseMemberships(
    JSON.stringify([
      { ifname: 'lo' },
      { ifname: 'lan1', master: 'br0', linkinfo: { info_slave_kind: 'bridge' } },
      { ifname: 'w2', master: 'bond0', linkinfo: { info_kind: 'veth', info_slave_kind: 'bond' } },
      { ifname: 'other', master: 'br0', linkinfo: { info_slave_kind: 'bridge' } },
    ]),
  );

  test('is named with its key, and what it belongs to', () => {
    const [lan, wan, more] = membershipWarnings(site, memberships);
    assert.match(lan!.text, /^lan1 \(lan\) is a port of the bridge br0: /);
    assert.match(lan!.advice, /^Write `br0` in its place/);
    assert.match(wan!.text, /^w2 \(wans\[wan2\]\.interface\) is a port of the bond bond0: /);
    assert.equal(more, undefined);
  });
});

describe('the watch of warnings', () => {
  function watched() {
    let found: Found = NOTHING_FOUND;
    let looks = 0;
    const events: string[] = [];
    const watch = new WarningWatch({
      site: () => site,
      onEvent: ({ kind, text }) => events.push(`${kind} ${text}`),
      find: () => {
        looks += 1;
        return Promise.resolve(found);
      },
    });
    const set = (...texts: readonly string[]): void => {
      const warnings = texts.map((text) => ({ kind: 'firewall' as const, text, advice: 'Do.' }));
      found = { warnings, firewalls: texts };
    };
    return { watch, events, set, looks: () => looks };
  }

  test('looks once a minute, sooner while a path is down or when asked, never each second', async () => {
    const { watch, looks } = watched();
    for (let second = 0; second < 120; second += 1) await watch.everySecond(second * 1000, false);
    assert.equal(looks(), 2);
    for (let second = 120; second < 180; second += 1) await watch.everySecond(second * 1000, true);
    assert.equal(looks(), 8);
    for (let second = 180; second < 190; second += 1) {
      watch.lookSoon();
      await watch.everySecond(second * 1000, false);
    }
    assert.equal(looks(), 12);
  });

  test('tells each once, and that it is over', async () => {
    const { watch, events, set } = watched();
    const look = async (): Promise<void> => {
      now += 60_000;
      await watch.everySecond(now, false);
    };
    let now = 0;
    set('one');
    await look();
    await look();
    set('one', 'two');
    await look();
    assert.deepEqual(watch.firewalls(), ['one', 'two']);
    set('two');
    await look();
    assert.deepEqual(events, [
      'warning one. Do.',
      'warning two. Do.',
      'warning-over no longer: one',
    ]);
  });
});
