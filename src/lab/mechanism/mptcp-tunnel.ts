/**
 * The paper's MPTCP Tunnel as mechanisms, by its two engines: hosts speak plain TCP, and all of it goes
 * through one MPTCP connection between the gateways, without Fast Recovery.
 */
import { mechanismOf } from '../testbed/set-up.ts';
import type { Traits } from '../testbed/set-up.ts';
import { startOpenVpnTunnel } from './tunnel-openvpn.ts';
import { TUNNEL_PORT } from './tunnel-setup.ts';
import { startTunnel } from './tunnel.ts';

const tunnelled = {
  protocol: 'tcp',
  addresses: 'one',
  detects: false,
  families: ['ipv4', 'ipv6'],
  encapsulations: ['vxlan'],
  betweenGateways: `tcp port ${TUNNEL_PORT}`,
} as const satisfies Partial<Traits>;

const SITES = { branch: 'branch', hub: 'hub' } as const;

export const tunnel = mechanismOf({
  ...tunnelled,
  name: 'tunnel',
  title: 'MPTCP Tunnel',
  add: (lab) => startTunnel(lab, SITES),
});

export const tunnelOpenVpn = mechanismOf({
  ...tunnelled,
  name: 'tunnel-openvpn',
  title: 'MPTCP Tunnel (OpenVPN)',
  add: (lab) => startOpenVpnTunnel(lab, SITES),
});
