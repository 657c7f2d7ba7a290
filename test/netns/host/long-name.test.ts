/**
 * A card with a name as long as a name may be: what is made beside it, macvlans, aliases and files, has
 * to fit as well. Needs root.
 */
import { after, before, describe, test } from 'node:test';

import { until } from '../lab/lab-of-test.ts';
import { HostBehindServer } from './host-behind-server.ts';

const CARD = 'enx001122334455';
const WANS = 3;

for (const client of ['dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager'] as const) {
  describe(`${client} on ${CARD}`, () => {
    let host: HostBehindServer;

    before(async () => {
      host = await HostBehindServer.create(client, WANS, { card: CARD });
    });
    after(async () => {
      await host.remove();
    });

    test('has an address of every WAN, and an endpoint for each', async () => {
      await until('an IPv4 and an IPv6 address per WAN', async () => {
        const all = [await host.addresses('-4'), await host.addresses('-6')];
        return all.every((some) => new Set(some.map(networkOf)).size === WANS);
      });
      // The kernel may have made more IPv6 addresses before the client came, and there is room for eight.
      await until('an endpoint in each WAN and family', async () => {
        const endpoints = await host.endpoints();
        const ipv4 = await host.addresses('-4');
        const ipv6 = endpoints.filter((address) => address.includes(':'));
        return (
          ipv4.every((address) => endpoints.includes(address)) &&
          new Set(ipv6.map(networkOf)).size === WANS
        );
      });
    });

    test('loses them with its lease', async () => {
      // On a busy machine dhcpcd misses the signal, waits ten seconds for itself to end, and gives up.
      const isAskedAgain = client === 'dhcpcd';
      if (!isAskedAgain) await host.release();
      await until('no IPv4 address', async () => {
        if (isAskedAgain) await host.release().catch(() => undefined);
        return (await host.addresses('-4')).length === 0;
      });
    });
  });
}

function networkOf(address: string): string | undefined {
  return /^(?:10\.10\.|fd10:)(\d+)/.exec(address)?.[1];
}
