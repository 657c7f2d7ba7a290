/**
 * Tunnel Handoff: hosts with one address, whose tunnel has a backup. The gateways' own Fast Recovery on
 * one subnet is exactly this: BFD sees the tunnel die, and all of the subnet goes by the next one.
 */
import { mechanismOf } from '../testbed/set-up.ts';

export const handoff = mechanismOf({
  name: 'handoff',
  title: 'Tunnel Handoff',
  detects: true,
  families: ['ipv4', 'ipv6'],
  encapsulations: ['vxlan'],
  protocol: 'tcp',
  addresses: 'one',
  fastRecovery: true,
});
