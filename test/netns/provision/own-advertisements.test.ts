/** What the gateway advertises is for hosts, and not for its own kernel, which hears it as well. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { provisionersOf } from '../../support/programs.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import type { Namespace } from '../gateway/namespace.ts';
import { ServedLan } from './served-lan.ts';

let lan: ServedLan;

before(async () => {
  lan = await ServedLan.create({
    subnets: ["10.1.0.0/24, 'fd00:1::/64'", "10.2.0.0/24, 'fd00:2::/64'"],
    provision: 'on',
  });
});
after(() => lan.remove());

/** Of any scope but the link's, sorted. */
async function addressesOn(namespace: Namespace, name: string): Promise<readonly string[]> {
  const text = await namespace.run('ip', '-6', '-o', 'address', 'show', 'dev', name);
  return [...text.matchAll(/inet6 ((?!fe80)[^ /]+)/g)].map(([, address]) => address ?? '').sort();
}

test('a gateway takes no address from its own advertisements, whatever its switches say', async () => {
  // As much as a kernel can be told to believe routers.
  for (const key of ['accept_ra', 'autoconf']) {
    await lan.gateway.run(
      'sysctl',
      '-qw',
      `net.ipv6.conf.lan0.${key}=${key === 'accept_ra' ? 2 : 1}`,
    );
  }
  await lan.lan.ip('address flush dev eth0 scope global');
  // Anew: it advertises within its first seconds.
  for (const pid of provisionersOf(lan.directory)) process.kill(pid, 'SIGKILL');
  await eventually('a host has an address in each prefix', async () => {
    return (await addressesOn(lan.lan, 'eth0')).length === 2;
  });
  assert.deepEqual(await addressesOn(lan.gateway, 'lan0'), ['fd00:1::1', 'fd00:2::1']);
});
