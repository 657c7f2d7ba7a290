/**
 * Hosts with nothing of ours: IPv6 addresses come by router advertisement, endpoints by NetworkManager
 * or mptcpd as docs/host-ipv6.md configures them, word for word. Needs root, and both programs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ClientPlan, MovingClient } from '../../../src/lab/client/client-plan.ts';
import { CLIENTS } from '../../../src/lab/client/clients.ts';
import { mptcpActivity, readMptcpCounters } from '../../../src/lab/traffic/mptcp-counters.ts';
import { runStream } from '../../../src/lab/traffic/stream-run.ts';
import { listSubflows } from '../../../src/lab/traffic/subflows.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { fences } from '../../support/documents.ts';
import { until } from '../lab/lab-of-test.ts';
import { HostBehindServer } from './host-behind-server.ts';

function shown(section: string): string {
  const block = fences().find(
    (fence) => fence.file === 'docs/host-ipv6.md' && fence.section === section,
  );
  assert.ok(block, `a block under ${section}`);
  return block.text;
}

/** What the unit of the document runs. */
const RAISE_LIMIT = /^ExecStart=(.*)$/m.exec(shown('Limit'))![1]!;

const networkmanager = CLIENTS.networkmanager({ interface: 'eth0', family: 'ipv6', dhcp6: false });

const WAYS: readonly { name: string; kind: MovingClient; client: ClientPlan }[] = [
  {
    name: 'NetworkManager',
    kind: 'networkmanager',
    client: {
      ...networkmanager,
      files: {
        ...networkmanager.files,
        '/etc/NetworkManager/conf.d/60-mptcp.conf': shown('NetworkManager'),
      },
    },
  },
  {
    name: 'mptcpd beside the kernel’s own addresses',
    kind: 'udhcpc',
    client: {
      // No client at all.
      ...CLIENTS.udhcpc({ interface: 'eth0', family: 'ipv6', dhcp6: false }),
      files: { '/etc/mptcpd/mptcpd.conf': shown('mptcpd') },
      programs: ['/usr/libexec/mptcpd &'],
    },
  },
];

/** WANs that addresses belong to, each as often as it has one. */
const wansOf = (addresses: readonly string[]): string =>
  addresses
    .map((address) => /^(?:2001:db8|fd10):(\d)/.exec(address)?.[1])
    .toSorted()
    .join(' ');

for (const { name, kind, client } of WAYS) {
  describe(`${name}, and nothing of ours`, () => {
    let host: HostBehindServer;
    let server: TrafficServer;

    before(async () => {
      // NetworkManager makes no endpoints for private addresses.
      const prefixes = '2001:db8:';
      host = await HostBehindServer.create(kind, 4, { client, installed: false, prefixes });
      server = await startServer({ namespace: host.namespaces.server, protocol: 'mptcp' });
    });
    after(async () => {
      await server.stop();
      await host.remove();
    });

    /** The WANs of the subflows of one connection, as the kernel lists and counts them. */
    async function connection(): Promise<string> {
      const namespace = host.namespaces.host;
      const counters = await readMptcpCounters(namespace);
      const stream = runStream({
        server,
        host: HostBehindServer.SERVER,
        namespace,
        protocol: 'mptcp',
        rate: 200,
        seconds: 2,
        realtime: false,
      });
      const report = await stream.connected;
      assert.ok(report, 'it connects');
      await sleep(1000);
      const subflows = await listSubflows(namespace);
      const { received } = await stream.result;
      assert.deepEqual([received.complete, received.missing], [true, 0]);
      const open = subflows.filter(({ state }) => state === 'ESTAB');
      assert.equal(new Set(open.map(({ token }) => token)).size, 1, 'one connection');
      const { joins, fallbacks } = mptcpActivity(counters, await readMptcpCounters(namespace));
      assert.ok(joins >= open.length - 1, `${joins} joins by nstat`);
      assert.equal(fallbacks, 0);
      return wansOf(open.map(({ localAddress }) => localAddress));
    }

    test('an address for each WAN, and an endpoint for each address', async () => {
      await until('addresses', async () => wansOf(await host.addresses('-6')) === '1 2 3 4');
      await until('endpoints', async () => {
        return String(await host.endpoints()) === String(await host.addresses('-6'));
      });
    });

    test('the kernel’s own limit: three subflows', async () => {
      const wans = await connection();
      assert.equal(wans.split(' ').length, 3, wans);
    });

    test('the limit of the document: a subflow for each WAN', async () => {
      await host.shell(RAISE_LIMIT);
      await host.onServer(...RAISE_LIMIT.split(' '));
      assert.equal(await connection(), '1 2 3 4');
    });

    test('a WAN goes: its endpoint stays, connections do without it', async () => {
      await host.serve(3);
      assert.equal(wansOf(await host.addresses('-6')), '1 2 3');
      await sleep(1000);
      assert.equal(wansOf(await host.endpoints()), '1 2 3 4', 'mend docs/host-ipv6.md');
      assert.equal(await connection(), '1 2 3');
    });

    test('it comes back', async () => {
      await host.serve(4);
      await until('address', async () => wansOf(await host.addresses('-6')) === '1 2 3 4');
      assert.equal(await connection(), '1 2 3 4');
    });
  });
}

test('NetworkManager makes no endpoints for private IPv6 addresses', async () => {
  const host = await HostBehindServer.create('networkmanager', 2, { installed: false });
  try {
    await until('addresses', async () => wansOf(await host.addresses('-6')) === '1 2');
    await until('an endpoint of IPv4', async () => (await host.endpoints()).length > 0);
    assert.deepEqual(await host.endpoints(), await host.addresses('-4'), 'mend docs/host-ipv6.md');
  } finally {
    await host.remove();
  }
});
