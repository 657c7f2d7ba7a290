/**
 * A WAN that gets another address is followed while the machine has other troubles: interfaces that come
 * and go without end, a disk that is full.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { FIRST_VNI } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

/** Of the path over the second WAN. */
const DEVICE = `wt${FIRST_VNI + 1}`;

let two: TwoGateways;
let gateway: GatewayUnderTest;

before(async () => {
  two = await TwoGateways.create({ wans: 2, start: false });
  gateway = two.branch;
  // As a DHCP client manages them.
  gateway.writeSite((site) => {
    for (const wan of site.wans) {
      delete wan.addresses;
      delete wan.nexthops;
    }
  });
  mkdirSync(gateway.directory.path, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', gateway.directory.path]);
  await gateway.namespace.ip(
    'address add 192.0.2.5/30 dev wan1',
    'address add 192.0.2.9/30 dev wan2',
    'route add default via 192.0.2.6 metric 1',
    'route add default via 192.0.2.10 metric 2',
  );
  await gateway.start();
});
after(async () => {
  await gateway.stop('SIGKILL');
  await gateway.namespace.endProcesses();
  await execa('umount', ['-l', gateway.directory.path], { reject: false });
  await two.remove();
});

/** As a new lease does. */
async function renumber(from: string, to: string, router: string): Promise<void> {
  await gateway.namespace.ip(
    `address add ${to}/30 dev wan2`,
    `address delete ${from}/30 dev wan2`,
    `route replace default via ${router} metric 2`,
  );
}

async function isFollowed(address: string, router: string): Promise<boolean> {
  const device = await gateway.namespace.run('ip', '-d', 'link', 'show', DEVICE).catch(() => '');
  const table = await gateway.namespace.run('ip', 'route', 'show', 'table', '5102').catch(() => '');
  return device.includes(`local ${address} `) && table.includes(`default via ${router} `);
}

test('while interfaces of others come and go without end', async () => {
  await eventually('the first address is used', () => isFollowed('192.0.2.9', '192.0.2.10'));
  const [program, ...prefix] = gateway.namespace.prefix;
  const script =
    'while :; do ip link add st0 type veth peer name st1; ip link set st0 up; ip link delete st0; done';
  const storm = spawn(program, [...prefix, 'sh', '-c', script], { stdio: 'ignore' });
  try {
    await renumber('192.0.2.9', '192.0.2.13', '192.0.2.14');
    await eventually('the new address is used', () => isFollowed('192.0.2.13', '192.0.2.14'));
    assert.equal(storm.exitCode, null, 'the storm goes on');
  } finally {
    storm.kill('SIGKILL');
  }
});

test('on a full disk, at the latest when there is space again', async () => {
  const fill = join(gateway.directory.path, 'fill');
  await execa('dd', ['if=/dev/zero', `of=${fill}`, 'bs=1k'], { reject: false });
  assert.throws(() => {
    writeFileSync(join(gateway.directory.path, 'more'), 'x'.repeat(8192));
  }, /ENOSPC/);
  await renumber('192.0.2.13', '192.0.2.17', '192.0.2.18');
  await execa('sleep', ['2']);
  rmSync(fill);
  await eventually('the new address is used', () => isFollowed('192.0.2.17', '192.0.2.18'));
  assert.equal((await gateway.status()).daemon?.pid, gateway.daemonPid, 'the daemon lives');
});
