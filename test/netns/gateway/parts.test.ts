/**
 * A part of the site that cannot be made keeps nothing else back, neither when the daemon starts nor
 * later, and is made as soon as it can be.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './gateway-under-test.ts';
import { outsideAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

let net: TwoGateways;

before(async () => {
  net = await TwoGateways.create({
    wans: 3,
    underlay: 'ipv6',
    start: false,
    recovery: { damping: false },
  });
});
after(() => net.remove());

describe('a WAN whose address cannot be set', () => {
  test('keeps no other WAN from working, and is used when it can be', async () => {
    const { branch } = net;
    await branch.namespace.run('sysctl', '-qw', 'net.ipv6.conf.wan1.disable_ipv6=1');
    await net.hub.start();
    await branch.start();
    await branch.waitForEvent('the part that is missing is told', ({ kind, text }) =>
      kind === 'apply-failed'
        ? /^WAN w1: address 2001:\S+ on wan1 cannot be made: /.test(text)
        : false,
    );
    await eventually('the other paths are up', async () => {
      const { paths } = await branch.status();
      return paths.filter(({ state }) => state === 'up').length === 2;
    });
    const { waiting } = await branch.status();
    assert.ok(waiting.some(({ what }) => what === 'WAN w1'));
    assert.match(await branch.must('status'), /WAN w1 waits: address /);
    await branch.namespace.run('sysctl', '-qw', 'net.ipv6.conf.wan1.disable_ipv6=0');
    await net.waitForPaths('up', 'up', 'up');
    await eventually(
      'nothing is said to be missing',
      async () => (await branch.status()).waiting.length === 0,
    );
  });

  test('is told once, however often it is tried', async () => {
    const told = (await net.branch.events('apply-failed')).filter(({ text }) =>
      text.startsWith('WAN w1:'),
    );
    assert.equal(told.length, 1, JSON.stringify(told));
  });
});

describe('a tunnel that cannot be made', () => {
  test('keeps no other from being followed, and is made when it can be', async () => {
    const { branch } = net;
    const { paths } = await branch.status();
    const [{ vni, device, name } = { vni: 0, device: '', name: '' }] = paths;
    const local = outsideAddress('branch', 1, 'ipv6');
    // As by a script of somebody who took the number first.
    await branch.namespace.ip(
      `link delete ${device}`,
      `link add theirs type vxlan id ${vni} dstport 4789 dev wan1 remote 2001:db8:99::1 local ${local}`,
    );
    await branch.waitForEvent('the path is told', ({ kind, text }) =>
      kind === 'apply-failed' ? text.startsWith(`path ${name}: tunnel device`) : false,
    );
    // Another WAN is renumbered meanwhile.
    await branch.namespace.ip('link set wan3 down', 'link set wan3 up');
    await eventually('the others are up', async () => {
      const states = (await branch.status()).paths.map(({ state }) => state);
      return states[0] === 'waiting' && states[1] === 'up' && states[2] === 'up';
    });
    await branch.namespace.ip('link delete theirs');
    await net.waitForPaths('up', 'up', 'up');
  });
});
