/**
 * WaMPTCP: one address for each line, and MPTCP at the hosts; without and with Fast Recovery, and with
 * the timers of docs/hosts.md instead of the kernel's own.
 */
import { mechanismOf } from '../testbed/set-up.ts';
import type { Traits } from '../testbed/set-up.ts';

const aware = {
  families: ['ipv4', 'ipv6'],
  protocol: 'mptcp',
  addresses: 'each-line',
} as const satisfies Partial<Traits>;

export const wamptcp = mechanismOf({
  ...aware,
  name: 'wamptcp',
  title: 'WaMPTCP',
  detects: false,
  encapsulations: ['vxlan', 'none'],
});

export const wamptcpFr = mechanismOf({
  ...aware,
  name: 'wamptcp-fr',
  title: 'WaMPTCP+FR',
  detects: true,
  encapsulations: ['vxlan'],
  fastRecovery: true,
});

export const wamptcpFrProfile = mechanismOf({
  ...aware,
  name: 'wamptcp-fr-profile',
  title: 'WaMPTCP+FR, host profile',
  detects: true,
  encapsulations: ['vxlan'],
  fastRecovery: true,
  timers: 'profile',
});
