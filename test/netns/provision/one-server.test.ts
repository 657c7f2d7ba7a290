/**
 * Exactly one process hands out addresses, whoever starts it and whoever dies meanwhile. Two would
 * both be heard: they share the port. Needs root.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  loadProvisioner,
  provisionerPid,
  startProvisioner,
} from '../../../src/dataplane/kernel/provisioner.ts';
import { acquireLock } from '../../../src/system/lock.ts';
import { macOf } from '../../support/dhcp/hosts.ts';
import { enterNamespace, leave } from '../../support/namespace.ts';
import { provisionersOf } from '../../support/programs.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import { WAMPTCP } from '../lab/lab-of-test.ts';
import { ServedLan } from './served-lan.ts';

/** The daemon looks every second. */
const LOOKS_MS = 2500;

describe('whoever hands out addresses', () => {
  let lan: ServedLan;

  before(async () => {
    lan = await ServedLan.create({
      subnets: ["10.1.0.0/24, 'fd00:1::/64'", "10.2.0.0/24, 'fd00:2::/64'"],
      provision: '{ ipv6: both }',
    });
  });
  after(() => lan.remove());

  const servers = (): readonly number[] => provisionersOf(lan.directory);
  const crash = (): void => {
    for (const pid of servers()) process.kill(pid, 'SIGKILL');
  };

  /** As a command beside the daemon does it. */
  async function besideTheDaemon<T>(work: () => Promise<T>): Promise<T> {
    enterNamespace(lan.gateway.name);
    try {
      const lock = await acquireLock('change', 5000);
      assert.ok(lock);
      try {
        return await work();
      } finally {
        await lock.release();
      }
    } finally {
      leave();
    }
  }

  async function serves(): Promise<void> {
    const [granted] = await lan.hosts.join([{ mac: macOf(1), wan: 2 }], 5000);
    assert.match(granted?.address ?? 'none', /^10\.2\./);
    assert.equal(servers().length, 1);
  }

  test('is one process', serves);

  test('is started again when it has ended, and goes on with the leases there were', async () => {
    const [crashed] = servers();
    const leases = readFileSync(lan.directory.leases, 'utf8');
    crash();
    await eventually('another one', async () => servers().some((pid) => pid !== crashed));
    assert.equal(readFileSync(lan.directory.leases, 'utf8'), leases);
    await eventually('told', async () =>
      (await lan.events()).some(({ kind }) => kind === 'dhcp-restarted'),
    );
    assert.equal((await lan.status()).provision?.restarts, 1);
    await serves();
  });

  test('is not started by the daemon while somebody else changes the machine', async () => {
    await besideTheDaemon(async () => {
      crash();
      await sleep(LOOKS_MS);
      assert.deepEqual(servers(), []);
      await startProvisioner(lan.directory);
      assert.equal(servers().length, 1);
    });
    await sleep(LOOKS_MS);
    await serves();
  });

  test('is not doubled when whoever started it was killed before he knew its number', async () => {
    const [stray] = servers();
    rmSync(lan.directory.provisionerPid);
    assert.equal(await provisionerPid(lan.directory), stray);
    await besideTheDaemon(() => startProvisioner(lan.directory));
    assert.ok(!servers().includes(stray!));
    await serves();
  });

  test('keeps its configuration when another is refused, though it had ended before', async () => {
    const had = readFileSync(lan.directory.provisionerConfig, 'utf8');
    await besideTheDaemon(async () => {
      crash();
      const broken = `${had}user=nobody-of-that-name\n`;
      await assert.rejects(loadProvisioner(lan.directory, broken), /nobody-of-that-name/);
      assert.equal(readFileSync(lan.directory.provisionerConfig, 'utf8'), had);
    });
    await eventually('it is started again', async () => servers().length === 1);
    await serves();
  });

  test('does not come back when it is taken down beside the daemon', async () => {
    await lan.gateway.run(WAMPTCP, 'down');
    await sleep(LOOKS_MS);
    assert.deepEqual(servers(), []);
    assert.ok(!existsSync(lan.directory.provisionerConfig));
  });
});
