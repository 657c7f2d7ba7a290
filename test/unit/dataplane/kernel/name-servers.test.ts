import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseListening } from '../../../../src/dataplane/kernel/name-servers.ts';

test('who listens on port 53, by which address', () => {
  const text = [
    'udp   UNCONN 0      0           0.0.0.0:53        0.0.0.0:*    users:(("unbound",pid=812,fd=5))',
    'udp   UNCONN 0      0      127.0.0.53%lo:53       0.0.0.0:*    users:(("systemd-resolve",pid=9,fd=1))',
    'tcp   LISTEN 0      32     [fe80::1%lan0]:53         [::]:*    users:(("dnsmasq",pid=7,fd=9))',
    'tcp   LISTEN 0      32                 *:53            *:*    ',
    'udp   UNCONN 0      0         10.10.1.1:5353     0.0.0.0:*    users:(("avahi",pid=1,fd=1))',
    '',
  ].join('\n');
  assert.deepEqual(parseListening(text), [
    { address: '0.0.0.0', program: 'unbound', pid: 812 },
    { address: '127.0.0.53', program: 'systemd-resolve', pid: 9 },
    { address: 'fe80::1', program: 'dnsmasq', pid: 7 },
    { address: '::', program: 'a program' },
  ]);
});
