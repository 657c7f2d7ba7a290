/**
 * Clients without a hook at renewals: the host follows the number of WANs that its lease names, as the
 * client itself renews it. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { until } from '../lab/lab-of-test.ts';
import { HostBehindServer } from './host-behind-server.ts';

for (const client of ['networkd', 'networkmanager'] as const) {
  describe(`${client} renews its lease`, () => {
    let host: HostBehindServer;

    before(async () => {
      host = await HostBehindServer.create(client, 2);
    });
    after(async () => {
      await host.remove();
    });

    /** WANs that the host has an address of, by the third octet or the second group. */
    const wansOf = (addresses: readonly string[]): string =>
      addresses.map((address) => /^(?:10\.10\.|fd10:)(\d+)/.exec(address)?.[1]).join(' ');

    async function follows(wans: string): Promise<void> {
      for (const family of ['-4', '-6'] as const) {
        await until(`${family} addresses in WANs ${wans}`, async () => {
          return wansOf(await host.addresses(family)) === wans;
        });
      }
      await until('an endpoint for each address, and no other', async () => {
        const addresses = [...(await host.addresses('-4')), ...(await host.addresses('-6'))];
        return String(await host.endpoints()) === String(addresses.sort());
      });
    }

    test('two WANs at first, the first one preferred', async () => {
      await follows('1 2');
      assert.match(await host.defaultRoute(), /via 10\.10\.1\.1 dev eth0 src 10\.10\.1\./);
    });

    test('a third one appears', async () => {
      let before_: readonly string[] = [];
      await until('two addresses; NetworkManager flushes one once while it begins', async () => {
        before_ = await host.addresses('-4');
        return before_.length === 2;
      });
      await host.serve(3);
      await follows('1 2 3');
      const now = await host.addresses('-4');
      assert.deepEqual(now.slice(0, 2), before_, 'the addresses it had are those it has');
    });

    test('it disappears again', async () => {
      await host.serve(2);
      await follows('1 2');
    });

    if (client === 'networkmanager') {
      test('an interface that is configured anew keeps the further addresses', async () => {
        const before_ = await host.addresses('-4');
        await host.shell('nmcli device reapply eth0');
        await until('all addresses are back', async () => {
          return String(await host.addresses('-4')) === String(before_);
        });
      });
    }

    test('the lease is given back: nothing of it is left', async () => {
      await host.release();
      await until('no IPv4 address', async () => (await host.addresses('-4')).length === 0);
      await until('no IPv4 endpoint', async () => {
        return (await host.endpoints()).every((address) => address.includes(':'));
      });
    });
  });
}
