/** `ip -j netconf show` as the files under /proc/sys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseNetconf } from '../../../../src/dataplane/kernel/netconf.ts';

const PRINTED = JSON.stringify([
  { family: 'inet', interface: 'wt100', forwarding: true, rp_filter: 'loose' },
  { family: 'inet', interface: 'eth0.5', forwarding: false, rp_filter: 'strict' },
  { family: 'inet', interface: 'lo', rp_filter: 'off' },
]);

test('forwarding and the reverse-path filter have the values that are written', () => {
  assert.deepEqual(
    parseNetconf(PRINTED, 'ipv4').map(({ key, value }) => `${key.join('/')}=${value}`),
    [
      'net/ipv4/conf/wt100/forwarding=1',
      'net/ipv4/conf/wt100/rp_filter=2',
      'net/ipv4/conf/eth0.5/forwarding=0',
      'net/ipv4/conf/eth0.5/rp_filter=1',
      'net/ipv4/conf/lo/rp_filter=0',
    ],
  );
});

test('IPv6 has no reverse-path filter', () => {
  assert.deepEqual(
    parseNetconf(PRINTED, 'ipv6').map(({ key }) => key.join('/')),
    ['net/ipv6/conf/wt100/forwarding', 'net/ipv6/conf/eth0.5/forwarding'],
  );
});
