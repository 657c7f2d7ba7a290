/** What follows the addresses of a host, `wamptcp-host watch`: how it ends. Needs root. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { execa } from 'execa';

import { until } from '../lab/lab-of-test.ts';
import { HostBehindServer } from './host-behind-server.ts';

describe('the follower of addresses', () => {
  let host: HostBehindServer;

  before(async () => {
    host = await HostBehindServer.create('dhclient', 2);
  });
  after(async () => {
    await host.remove();
  });

  /** Pids in the host's namespace whose command line has these words. */
  async function running(words: string): Promise<readonly number[]> {
    const { stdout } = await execa('ip', ['netns', 'pids', host.namespaces.host]);
    const pids = stdout.split('\n').filter((pid) => pid !== '');
    return pids.map(Number).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(words);
      } catch {
        return false;
      }
    });
  }

  test('takes what it has started with it when its shell alone is ended', async () => {
    await until('it listens', async () => (await running('ip -o monitor')).length === 1);
    await until('the host has an address', async () => (await host.addresses('-4')).length === 2);
    const [watch] = await running('wamptcp-host watch');
    assert.ok(watch !== undefined);
    process.kill(watch, 'SIGTERM');
    await until('nothing of it is left', async () => {
      const left = [...(await running('wamptcp-host watch')), ...(await running('ip -o monitor'))];
      return left.length === 0;
    });
  });
});
