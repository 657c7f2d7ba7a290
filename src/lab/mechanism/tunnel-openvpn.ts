/**
 * The ready-made tunnel: OpenVPN over TCP, whose sockets `mptcpize run` makes MPTCP sockets.
 *
 * Always holds: it is as quick as OpenVPN gets. Nothing is encrypted and nothing signed (Debian 12's 2.6
 * still permits that; 2.7 will not), buffers are the kernel's own, which grow. It takes packets one by
 * one, of the size that goes over the hosts' LAN: OpenVPN knows no GSO.
 */
import { familyOf } from '../../net/address.ts';
import type { Lab } from '../lab.ts';
import { layTunnel } from './laid-tunnel.ts';
import type { Tunnel, TunnelEngine, TunnelNames } from './laid-tunnel.ts';
import { TUNNEL_DEVICE } from './tunnel-setup.ts';
import type { TunnelSetup } from './tunnel-setup.ts';

/** openvpn(8), of both ends. */
const COMMON = [
  ...['--dev', TUNNEL_DEVICE, '--dev-type', 'tun', '--persist-tun', '--ifconfig-noexec'],
  ...['--cipher', 'none', '--auth', 'none'],
  ...['--sndbuf', '0', '--rcvbuf', '0', '--socket-flags', 'TCP_NODELAY', '--mssfix', '0'],
  // Also so that the kernel opens the other subflows: it waits for data of a new connection.
  ...['--ping', '1', '--ping-restart', '60', '--verb', '1'],
] as const;

const engine: TunnelEngine = {
  queue: 1000,
  settings: [],
  hub: (setup) => [
    ...openVpn(setup, 'server'),
    ...['--local', setup.listen, '--lport', String(setup.port)],
  ],
  branch: (setup) => [
    ...openVpn(setup, 'client'),
    ...['--remote', setup.listen, String(setup.port), '--connect-retry', '1', '1'],
    ...setup.from.slice(0, 1).flatMap((first) => ['--local', first, '--lport', '0']),
  ],
};

function openVpn(
  { listen }: TunnelSetup,
  side: 'server' | 'client',
): readonly [string, ...string[]] {
  const protocol = familyOf(listen) === 'ipv4' ? 'tcp4' : 'tcp6';
  return ['mptcpize', 'run', 'openvpn', '--proto', `${protocol}-${side}`, ...COMMON];
}

/** As {@link layTunnel}. */
export async function startOpenVpnTunnel(lab: Lab, names: TunnelNames): Promise<Tunnel> {
  return layTunnel(lab, names, engine);
}
