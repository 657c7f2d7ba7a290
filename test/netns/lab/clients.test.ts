/**
 * Every kind of client, in every family it speaks: the real programs get one address per WAN from
 * the gateway, and one connection of theirs uses all WANs. Needs root.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { addressesOf } from '../../../src/lab/hosts.ts';
import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import type { HostNode } from '../../../src/lab/plan.ts';
import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import { mptcpActivity, readMptcpCounters } from '../../../src/lab/traffic/mptcp-counters.ts';
import { listSubflows } from '../../../src/lab/traffic/subflows.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { familyOf } from '../../../src/net/address.ts';
import { prefixContains, prefixFamily } from '../../../src/net/prefix.ts';
import type { Status } from '../../../src/observe/status.ts';
import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';
import { labName, leftOf, until } from './lab-of-test.ts';

const TOPOLOGY = join(import.meta.dirname, 'clients/topology.yaml');
const SERVERS = { ipv4: '10.20.0.2', ipv6: 'fd20::2' } as const;
const WANS = ['wan0', 'wan1', 'wan2'];
const BYTES = 12e6;
const CLIENTS = ['dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager'];

type Family = keyof typeof SERVERS;

describe('hosts of every kind', () => {
  const name = labName('clients');
  let lab: Lab;
  let server: TrafficServer;

  before(async () => {
    lab = await labUp(TOPOLOGY, { name, patience: 40_000 });
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    assert.deepEqual(leftOf(name), []);
  });

  const hostOf = (host: string): HostNode => lab.plan.hosts.find((each) => each.name === host)!;

  async function received(): Promise<readonly number[]> {
    const { stdout } = await lab.exec('branch', ['cat', '/proc/net/dev']);
    const counters = parseInterfaceCounters(stdout);
    return WANS.map((wan) => counters.get(wan)?.receivedBytes ?? 0);
  }

  /** A download by one connection of the host; how many subflows it had, and what each WAN carried. */
  async function download(
    host: string,
    family: Family,
  ): Promise<{ readonly subflows: number; readonly shares: readonly number[] }> {
    const namespace = lab.namespace(host);
    const [before_, counters] = [await received(), await readMptcpCounters(namespace)];
    const bulk = runBulk({
      server,
      host: SERVERS[family],
      namespace,
      protocol: 'mptcp',
      bytes: BYTES,
      hash: true,
    });
    // As the kernel lists them, not as the program was told.
    let listed = 0;
    const watching = setInterval(() => {
      void listSubflows(namespace).then((flows) => {
        const wans = new Set(
          flows.filter((flow) => flow.state === 'ESTAB').map((flow) => wanOf(flow.localAddress)),
        );
        listed = Math.max(listed, wans.size);
      });
    }, 100);
    const { received: summary, intact } = await bulk.result.finally(() => {
      clearInterval(watching);
    });
    assert.ok(intact, 'the data is what was sent');
    assert.ok(summary.connections[0]?.mptcp, 'it is MPTCP to the end');
    const activity = mptcpActivity(counters, await readMptcpCounters(namespace));
    assert.equal(activity.fallbacks, 0);
    assert.ok(activity.joins >= 2, `${activity.joins} joins by nstat`);
    const after_ = await received();
    return {
      subflows: listed,
      shares: after_.map((bytes, index) => (bytes - (before_[index] ?? 0)) / BYTES),
    };
  }

  function wanOf(address: string): number {
    const subnets = ['10.10.1.', '10.10.2.', '10.10.3.', 'fd10:1:', 'fd10:2:', 'fd10:3:'];
    return subnets.findIndex((subnet) => address.startsWith(subnet)) % 3;
  }

  for (const host of [...CLIENTS, 'dhclient4', 'dhcpcd6']) {
    test(`${host} has one address for each WAN, and an endpoint for each`, async () => {
      const node = hostOf(host);
      const addresses = await addressesOf(node);
      for (const prefix of node.expects) {
        assert.ok(
          addresses.some((address) => prefixContains(prefix, address)),
          `none in ${prefix}: ${addresses.join(' ')}`,
        );
      }
      const families = new Set(node.expects.map(prefixFamily));
      assert.deepEqual(new Set(addresses.map(familyOf)), families);
      await until('endpoints follow', async () => {
        const { stdout } = await lab.exec(host, ['ip', 'mptcp', 'endpoint', 'show']);
        return node.expects.every((prefix) =>
          addresses.some(
            (address) => prefixContains(prefix, address) && stdout.includes(`${address} id`),
          ),
        );
      });
    });
  }

  for (const [host, family] of [
    ['dhclient', 'ipv4'],
    ['dhclient', 'ipv6'],
    ['udhcpc', 'ipv4'],
    ['udhcpc', 'ipv6'],
    ['dhcpcd', 'ipv4'],
    ['dhcpcd', 'ipv6'],
    ['networkd', 'ipv4'],
    ['networkd', 'ipv6'],
    ['networkmanager', 'ipv4'],
    ['networkmanager', 'ipv6'],
    ['dhclient4', 'ipv4'],
    ['dhcpcd6', 'ipv6'],
  ] as const) {
    test(`one connection of ${host} by ${family} loads all three WANs`, async () => {
      const { subflows, shares } = await download(host, family);
      assert.equal(subflows, 3);
      for (const share of shares) {
        assert.ok(
          share > 0.15,
          `shares of the WANs: ${shares.map((one) => one.toFixed(2)).join(' ')}`,
        );
      }
    });
  }

  for (const family of ['ipv4', 'ipv6'] as const) {
    test(`a connection to a host that serves, by ${family}, uses all addresses it announces`, async () => {
      const [first] = (await addressesOf(hostOf('serving'))).filter(
        (address) => familyOf(address) === family && wanOf(address) === 0,
      );
      assert.ok(first !== undefined);
      const serving = await startServer({ namespace: lab.namespace('serving'), protocol: 'mptcp' });
      try {
        const bulk = runBulk({
          server: serving,
          host: first,
          namespace: lab.namespace('server'),
          protocol: 'mptcp',
          bytes: BYTES,
          hash: true,
        });
        await until('a subflow to each of its addresses', async () => {
          const flows = await listSubflows(lab.namespace('server'));
          const open = flows.filter(({ state }) => state === 'ESTAB');
          return new Set(open.map(({ remoteAddress }) => wanOf(remoteAddress))).size === 3;
        });
        assert.ok((await bulk.result).intact);
      } finally {
        await serving.stop();
      }
    });
  }

  test('a host that knows nothing of WANs has one IPv4 address, and works', async () => {
    const addresses = await addressesOf(hostOf('plain'));
    assert.deepEqual(
      addresses.map((each) => each.split('.').slice(0, 3).join('.')),
      ['10.10.1'],
    );
    const bulk = runBulk({
      server,
      host: SERVERS.ipv4,
      namespace: lab.namespace('plain'),
      protocol: 'tcp',
      bytes: 1e6,
    });
    assert.ok((await bulk.result).intact);
  });

  test('the gateway’s status lists hosts by WAN, and who uses one only', async () => {
    const { stdout } = await lab.wamptcp('branch', ['status', '--json']);
    const status = JSON.parse(stdout) as Status;
    const aware = new Map<string, string>();
    for (const node of lab.hosts.moving) {
      const addresses = await addressesOf(node);
      const known = status.hosts.find((host) =>
        host.addresses.some(({ address }) => (addresses as readonly string[]).includes(address)),
      );
      assert.ok(known, node.name);
      aware.set(node.name, known.wanAware);
    }
    assert.deepEqual(Object.fromEntries(aware), {
      dhclient: 'yes',
      udhcpc: 'yes',
      dhcpcd: 'yes',
      networkd: 'yes',
      networkmanager: 'yes',
      dhclient4: 'yes',
      dhcpcd6: 'yes',
      serving: 'yes',
      plain: 'no',
    });
    assert.equal(status.hosts.length, lab.hosts.moving.length, 'a macvlan is no host of its own');
  });

  /** Until when the gateway has leased its IPv4 addresses to a host. */
  async function leasedUntil(addresses: readonly string[]): Promise<number> {
    const { stdout } = await lab.wamptcp('branch', ['status', '--json']);
    const leases = (JSON.parse(stdout) as Status).hosts.flatMap((host) => host.addresses);
    const own = leases.filter(
      ({ address }) => addresses.includes(address) && !address.includes(':'),
    );
    return Math.max(...own.map(({ expires }) => expires ?? 0));
  }

  for (const host of CLIENTS) {
    test(`${host} keeps every address when it renews its lease`, async () => {
      const before_ = (await addressesOf(hostOf(host))).toSorted();
      const until_ = await leasedUntil(before_);
      await lab.hosts.renew(host);
      await until('the lease is renewed', async () => (await leasedUntil(before_)) > until_);
      await until('it has what it had', async () => {
        const now = (await addressesOf(hostOf(host))).toSorted();
        return String(now) === String(before_);
      });
    });
  }

  for (const host of ['dhclient4', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager']) {
    test(`${host} takes everything of IPv4 away when the lease ends`, async () => {
      await lab.hosts.release(host);
      await until('no address, no endpoint', async () => {
        const addresses = await addressesOf(hostOf(host));
        const { stdout } = await lab.exec(host, ['ip', 'mptcp', 'endpoint', 'show']);
        return !addresses.some((each) => familyOf(each) === 'ipv4') && !/^10\./m.test(stdout);
      });
    });
  }
});
