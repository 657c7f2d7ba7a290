/**
 * Hosts with the host script whose addresses come by DHCPv6 (`provision.ipv6: dhcp`), as the number of
 * WANs changes. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { until } from '../lab/lab-of-test.ts';
import { HostBehindServer } from './host-behind-server.ts';

for (const client of ['dhclient'] as const) {
  describe(`${client} asks DHCPv6`, () => {
    let host: HostBehindServer;

    before(async () => {
      host = await HostBehindServer.create(client, 3, { dhcp6: true });
    });
    after(async () => {
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
  });
}
