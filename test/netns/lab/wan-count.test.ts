/**
 * The number of WANs changes while hosts are at work: from three to two, to three, to two, each time
 * by applying another site file at both ends. Needs root.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { parse, stringify } from 'yaml';

import { addressesOf } from '../../../src/lab/hosts.ts';
import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import type { HostNode } from '../../../src/lab/plan.ts';
import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import type { BulkRun } from '../../../src/lab/traffic/bulk-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';
import { labName, leftOf, until } from './lab-of-test.ts';

const FILES = join(import.meta.dirname, 'clients');
const HOSTS = ['dhclient', 'udhcpc', 'dhcpcd'];

interface SiteFile {
  provision?: unknown;
  wans: unknown[];
  peers: { paths: unknown[] }[];
}

describe('the number of WANs changes under traffic', () => {
  const name = labName('wans');
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-wans-'));
  let lab: Lab;
  let server: TrafficServer;
  let download: BulkRun;
  let dnsmasq: number | null;

  before(async () => {
    for (const site of ['branch', 'hub']) {
      const file = parse(readFileSync(join(FILES, `${site}.yaml`), 'utf8')) as SiteFile;
      // A client asks DHCPv6 again at half of its lease only.
      if (file.provision !== undefined) file.provision = true;
      writeFileSync(join(directory, `${site}.yaml`), stringify(file));
      writeFileSync(join(directory, `${site}3.yaml`), stringify(file));
      file.wans.pop();
      for (const peer of file.peers) peer.paths.pop();
      writeFileSync(join(directory, `${site}2.yaml`), stringify(file));
    }
    cpSync(join(FILES, 'topology.yaml'), join(directory, 'topology.yaml'));
    lab = await labUp(join(directory, 'topology.yaml'), { name, patience: 40_000 });
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    rmSync(directory, { recursive: true });
    assert.deepEqual(leftOf(name), []);
  });

  async function apply(wans: 2 | 3): Promise<void> {
    for (const site of ['hub', 'branch']) {
      const file = join(directory, `${site}${wans}.yaml`);
      const { exitCode, stderr } = await lab.wamptcp(site, ['apply', '-c', file]);
      assert.equal(exitCode, 0, stderr);
    }
  }

  const hostOf = (host: string): HostNode => lab.plan.hosts.find((each) => each.name === host)!;

  /** Which WANs a host has usable addresses for. */
  async function wansOf(host: string, start: '10.10.' | 'fd10:'): Promise<string> {
    const addresses = await addressesOf(hostOf(host));
    const numbers = addresses.flatMap((address) =>
      address.startsWith(start) ? Number.parseInt(address.slice(start.length), 10) : [],
    );
    return [...new Set(numbers)].toSorted().join(' ');
  }

  /** Its endpoints, by the same numbers; both families. */
  async function endpointsOf(host: string): Promise<string> {
    const { stdout } = await lab.exec(host, ['ip', 'mptcp', 'endpoint', 'show']);
    const numbers = [...stdout.matchAll(/^(?:10\.10\.|fd10:)(\d)/gm)].map(([, number]) => number);
    return [...new Set(numbers)].toSorted().join(' ');
  }

  async function follows(wans: string): Promise<void> {
    for (const host of HOSTS) {
      await until(`${host} follows by advertisement`, async () => {
        return (await wansOf(host, 'fd10:')) === wans;
      });
    }
    for (const host of HOSTS) {
      const isRight = async (): Promise<boolean> =>
        (await wansOf(host, '10.10.')) === wans && (await endpointsOf(host)) === wans;
      // dhcpcd misses a signal now and then; half of a lease later it would ask again.
      await until(`${host} follows by a renewal`, async () => {
        await lab.hosts.renew(host);
        for (let look = 0; look < 30; look++) {
          if (await isRight()) return true;
          await sleep(100);
        }
        return false;
      });
    }
  }

  async function receivedByThird(): Promise<number> {
    const { stdout } = await lab.exec('branch', ['cat', '/proc/net/dev']);
    return parseInterfaceCounters(stdout).get('wan2')?.receivedBytes ?? 0;
  }

  const start = (host: string, bytes: number): BulkRun =>
    runBulk({
      server,
      host: '10.20.0.2',
      namespace: lab.namespace(host),
      protocol: 'mptcp',
      bytes,
      hash: true,
    });

  test('three become two', async () => {
    await apply(2);
    await follows('1 2');
    dnsmasq = (await status()).pid;
  });

  test('a download begins', async () => {
    download = start('udhcpc', 200e6);
    const first = await download.intervals[Symbol.asyncIterator]().next();
    assert.ok(first.done !== true);
  });

  test('two become three; new connections use the third', async () => {
    await apply(3);
    await follows('1 2 3');
    await lab.waitForPaths({ patience: 20_000 });
    const before_ = await receivedByThird();
    assert.ok((await start('dhcpcd', 10e6).result).intact);
    const share = ((await receivedByThird()) - before_) / 10e6;
    assert.ok(share > 0.1, `the third WAN carried ${share.toFixed(2)} of it`);
  });

  test('three become two again, and hosts are right afterwards', async () => {
    await apply(2);
    await follows('1 2');
    assert.notEqual((await status()).pid, dnsmasq, 'another configuration is another process');
  });

  test('the download went on all the time, and lost nothing', async () => {
    const { received, intact } = await download.result;
    assert.ok(intact);
    assert.ok(received.connections[0]?.mptcp);
  });

  test('applying the same file again touches nothing of it', async () => {
    const { pid } = await status();
    await apply(2);
    assert.equal((await status()).pid, pid);
  });

  async function status(): Promise<{ readonly pid: number | null }> {
    const { stdout } = await lab.wamptcp('branch', ['status', '--json']);
    return (JSON.parse(stdout) as { provision: { pid: number | null } }).provision;
  }
});
