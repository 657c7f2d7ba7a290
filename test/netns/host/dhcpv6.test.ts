/**
 * Hosts with the host script whose addresses come by DHCPv6 (`provision.ipv6: dhcp`), as the number of
 * WANs changes. Needs root.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { runStream } from '../../../src/lab/traffic/stream-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { until } from '../lab/lab-of-test.ts';
import { HostBehindServer } from './host-behind-server.ts';

/** @returns ends it, and gives the addresses that a namespace lost meanwhile. */
function watchLosses(namespace: string): () => readonly string[] {
  const monitor = spawn('ip', ['-n', namespace, '-o', 'monitor', 'address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  monitor.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => {
    monitor.kill('SIGKILL');
    return text.split('\n').filter((line) => /^Deleted .* scope global/.test(line));
  };
}

for (const client of ['dhclient', 'dhcpcd'] as const) {
  describe(`${client} asks DHCPv6`, () => {
    let host: HostBehindServer;
    let server: TrafficServer;

    before(async () => {
      host = await HostBehindServer.create(client, 3, { dhcp6: true });
      server = await startServer({ namespace: host.namespaces.server, protocol: 'tcp' });
    });
    after(async () => {
      await server.stop();
      await host.remove();
    });

    async function follows(wans: string): Promise<void> {
      const wansOf = (addresses: readonly string[]): string =>
        addresses
          .flatMap((address) => /^fd10:(\d)/.exec(address)?.[1] ?? [])
          .toSorted()
          .join(' ');
      await until(`addresses in WANs ${wans}`, async () => {
        return wansOf(await host.addresses('-6')) === wans;
      });
      await until('endpoints', async () => wansOf(await host.endpoints()) === wans);
    }

    test('one address per WAN, and an endpoint for each', async () => {
      await follows('1 2 3');
    });

    test('a prefix is withdrawn: its endpoint goes, other addresses stay', async () => {
      const before_ = await host.addresses('-6');
      await host.serve(2);
      await follows('1 2');
      const now = await host.addresses('-6');
      assert.deepEqual(now, before_.slice(0, 2));
    });

    // A stock client asks for what it has; only dhcpcd can be told to solicit anew.
    if (client === 'dhclient') return;

    test('a WAN appears: an address is added, connections and other addresses stay', async () => {
      const before_ = [...(await host.addresses('-4')), ...(await host.addresses('-6'))];
      const stream = runStream({
        server,
        host: HostBehindServer.SERVER,
        namespace: host.namespaces.host,
        protocol: 'tcp',
        from: (await host.addresses('-6'))[0]!,
        rate: 100,
        seconds: 8,
        realtime: false,
      });
      await stream.connected;
      const lost = watchLosses(host.namespaces.host);
      await host.serve(4);
      await follows('1 2 3 4');
      const { received } = await stream.result;
      assert.deepEqual([received.complete, received.missing], [true, 0]);
      assert.deepEqual(lost(), []);
      const now = [...(await host.addresses('-4')), ...(await host.addresses('-6'))];
      for (const address of before_) assert.ok(now.includes(address), address);
    });
  });
}
