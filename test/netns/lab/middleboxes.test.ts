/**
 * What stands in the way: NAT, stateful firewalls and small MTUs, on lines and in front of the gateway
 * (examples/lab/middleboxes.yaml). What works is what arrives; what does not is what status says.
 * Needs root.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { execa } from 'execa';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { accessNamespace } from '../../../src/lab/names.ts';
import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import { mptcpActivity, readMptcpCounters } from '../../../src/lab/traffic/mptcp-counters.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { PathStatus, Status } from '../../../src/observe/status.ts';
import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';
import { labName, leftOf, ROOT, SERVER, until } from './lab-of-test.ts';

const EXAMPLE = join(ROOT, 'examples/lab/middleboxes.yaml');
const TUNNELS = ['wt100', 'wt101', 'wt102'];
const NAT = '198.51.100.7';
const BYTES = 12_000_000;

describe('through middleboxes', () => {
  const name = labName('box');
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-box-'));
  let lab: Lab;
  let server: TrafficServer;

  before(async () => {
    lab = await labUp(EXAMPLE, { name });
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    rmSync(directory, { recursive: true });
    assert.deepEqual(leftOf(name), []);
  });

  async function pathOf(gateway: string, path: string): Promise<PathStatus> {
    const { stdout } = await lab.wamptcp(gateway, ['status', '--json']);
    return (JSON.parse(stdout) as Status).paths.find((each) => each.name === path)!;
  }

  async function carried(): Promise<readonly number[]> {
    const { stdout } = await lab.exec('branch', ['cat', '/proc/net/dev']);
    const counters = parseInterfaceCounters(stdout);
    return TUNNELS.map((device) => {
      const { receivedBytes = 0, sentBytes = 0 } = counters.get(device) ?? {};
      return receivedBytes + sentBytes;
    });
  }

  /** One MPTCP connection, whole and never fallen back; which part of it each tunnel carried. */
  async function transfer(host: string, direction: 'download' | 'upload' = 'download') {
    const namespace = lab.namespace(host);
    const [bytes, counters] = [await carried(), await readMptcpCounters(namespace)];
    const run = runBulk({
      ...{ server, host: SERVER, namespace, protocol: 'mptcp', direction },
      ...{ bytes: BYTES, hash: true },
    });
    const { intact } = await run.result;
    assert.ok(intact, 'what arrived is what was sent, by SHA-256');
    const { joins, fallbacks } = mptcpActivity(counters, await readMptcpCounters(namespace));
    assert.equal(fallbacks, 0);
    const shares = (await carried()).map((after_, index) => (after_ - bytes[index]!) / BYTES);
    return { joins, shares };
  }

  const usesEvery = (shares: readonly number[]): void => {
    assert.ok(Math.min(...shares) > 0.1, `shares of the WANs: ${shares.join(', ')}`);
  };

  test('what each line takes is found out, with and without ICMP, IPv4 and IPv6', async () => {
    const expected = { 'dsl-hub': [1350, 1450], 'lte-hub': [1330, 1430] };
    for (const [path, sizes] of Object.entries(expected)) {
      await until(
        `${path} is measured`,
        async () => (await pathOf('branch', path)).mtu === sizes[0],
      );
      assert.equal((await pathOf('branch', path)).deviceMtu, sizes[1]);
    }
    await until(
      'the hub knows, too',
      async () => (await pathOf('hub', 'isp-c-branch')).mtu === 1330,
    );
    const { mtu, deviceMtu } = await pathOf('branch', 'cable-hub');
    assert.deepEqual([mtu, deviceMtu], [1450, 1450]);
    const { stdout } = await lab.wamptcp('branch', ['events']);
    assert.match(stdout, /lte-hub: the line takes packets of 1400 octets, its interface 1500/);
  });

  for (const direction of ['download', 'upload'] as const) {
    test(`${direction} fills a line with NAT, one with a firewall and one that says nothing`, async () => {
      const { joins, shares } = await transfer('client', direction);
      assert.equal(joins, 2);
      usesEvery(shares);
    });
  }

  test('behind a firewall that keeps addresses, hosts use every WAN', async () => {
    const { joins, shares } = await transfer('fenced');
    assert.equal(joins, 2);
    usesEvery(shares);
  });

  test('behind a NAT that keeps subnets apart, hosts use every WAN', async () => {
    const { joins, shares } = await transfer('apart');
    assert.equal(joins, 2);
    usesEvery(shares);
  });

  test('behind a NAT that makes one of all, everything goes by one WAN, and works', async () => {
    const { shares } = await transfer('merged');
    assert.ok(shares[0]! > 0.9 && shares[1]! + shares[2]! < 0.05, shares.join(', '));
  });

  test('firewall and NAT let nobody in', async () => {
    const said = async (address: string): Promise<string> => {
      const target = `TCP4:${address}:9,connect-timeout=0.5`;
      return (await lab.exec('server', ['socat', '-u', '/dev/null', target])).stderr;
    };
    const addressOf = (host: string): string =>
      lab.plan.hosts.find((each) => each.name === host)!.addresses[0]!.address;
    // A host without a service refuses; of one behind a firewall nothing is heard.
    assert.match(await said(addressOf('client')), /Connection refused/);
    assert.doesNotMatch(await said(addressOf('fenced')), /refused/);
    const ping = ['ping', '-c', '2', '-i', '0.1', '-W', '0.3', '-I', 'wan0', NAT];
    assert.match((await lab.exec('hub', ping)).stdout, / 0 received/);
  });

  describe('with the small line alone, which swallows ICMP', () => {
    before(async () => {
      for (const line of ['cable', 'dsl']) await lab.fault(line, { kind: 'down' });
      await until('all goes by it', async () => {
        const routes = await lab.exec('branch', ['ip', 'route', 'show', 'table', '5001']);
        return routes.stdout.includes('dev wt102');
      });
    });

    after(async () => {
      for (const line of ['cable', 'dsl']) await lab.fault(line, { kind: 'up' });
      await lab.waitForPaths();
    });

    const ping = async (...options: readonly string[]): Promise<string> => {
      const argv = ['ping', '-c', '3', '-i', '0.1', '-W', '1', ...options, SERVER];
      const { stdout, stderr } = await lab.exec('client', argv);
      return stdout + stderr;
    };

    test('TCP of every size arrives', async () => {
      const { shares } = await transfer('client');
      assert.ok(shares[2]! > 0.9, shares.join(', '));
    });

    test('large datagrams are cut by the gateway, or their sender is told', async () => {
      assert.match(await ping('-s', '1400', '-M', 'dont'), / 3 received/);
      assert.match(await ping('-s', '1400', '-M', 'do'), /mtu ?= ?1330/i);
      assert.match(await ping('-s', '1302', '-M', 'do'), / 3 received/);
    });
  });

  // Last: the lab is not put back afterwards.
  describe('without `nat: on`', () => {
    const apply = async (gateway: string, change: (text: string) => string): Promise<void> => {
      const text = readFileSync(join(ROOT, `examples/lab/middleboxes/${gateway}.yaml`), 'utf8');
      const file = join(directory, `${gateway}.yaml`);
      writeFileSync(file, change(text));
      const { exitCode, stderr } = await lab.wamptcp(gateway, ['apply', '-c', file]);
      assert.equal(exitCode, 0, stderr);
    };
    const says = (gateway: string, path: string, what: RegExp): Promise<void> =>
      until(`${gateway} says of ${path} ${what.source}`, async () =>
        what.test((await pathOf(gateway, path)).reason ?? ''),
      );
    const access = accessNamespace(name, 'cable', { site: 'branch', wan: 'cable' });

    before(async () => {
      const without = (text: string): string => text.replaceAll(', nat: on', '');
      await apply('hub', without);
      // So that with the branch's new file no path has ever been up.
      await until('it is down', async () => (await pathOf('branch', 'cable-hub')).state === 'down');
      await apply('branch', without);
    });

    test('both ends say that the tunnel is one-way, and why; the rest goes on', async () => {
      await says('hub', 'isp-a-branch', /^one-way: branch is heard here, but does not hear us/);
      await says('hub', 'isp-b-branch', /^one-way/);
      await says('branch', 'dsl-hub', /^nothing arrives/);
      const { stdout } = await lab.wamptcp('hub', ['events']);
      assert.match(stdout, /path-diagnosis +isp-a-branch: one-way: .*`nat: on`/);
      const { shares } = await transfer('client');
      assert.ok(shares[2]! > 0.9, shares.join(', '));
    });

    test('a branch with a private address says that a NAT is on the way', async () => {
      await says(
        'branch',
        'cable-hub',
        /our address 100\.64\.7\.2 is private: a NAT is on the way/,
      );
    });

    test('a NAT with another address than the hub was told is named', async () => {
      const inAccess = (command: readonly string[], input?: string) =>
        execa('ip', ['netns', 'exec', access, ...command], {
          reject: false,
          ...(input && { input }),
        });
      const { stdout: rules } = await inAccess(['nft', 'list', 'ruleset']);
      await inAccess(['nft', '-f', '-'], `flush ruleset\n${rules.replaceAll(NAT, '198.51.100.8')}`);
      await inAccess(['conntrack', '-F']);
      const what = /come from 198\.51\.100\.8, not from 198\.51\.100\.7/;
      await says('hub', 'isp-a-branch', what);
    });
  });
});
