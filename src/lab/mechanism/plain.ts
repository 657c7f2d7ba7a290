/**
 * Hosts with one address on one line: nothing here knows that there are several.
 *
 * Always holds: when the line dies, what it carried stands still until it lives again.
 */
import { mechanismOf } from '../testbed/set-up.ts';
import type { Traits } from '../testbed/set-up.ts';

const plain = {
  detects: false,
  families: ['ipv4', 'ipv6'],
  encapsulations: ['vxlan', 'none'],
  addresses: 'one',
} as const satisfies Partial<Traits>;

export const plainTcp = mechanismOf({
  ...plain,
  name: 'plain-tcp',
  title: 'Plain TCP',
  protocol: 'tcp',
});

export const plainMptcp = mechanismOf({
  ...plain,
  name: 'plain-mptcp',
  title: 'Plain MPTCP',
  protocol: 'mptcp',
});
