/**
 * The strongest form of a tunnel that was found: a TUN device with GSO over one MPTCP socket, by a
 * program of this project. Its limits are in docs/mechanism-tunnel.md.
 *
 * Always holds: the program needs nothing but Node and the device.
 */
import { fileURLToPath } from 'node:url';

import type { Lab } from '../lab.ts';
import { layTunnel } from './laid-tunnel.ts';
import type { Tunnel, TunnelEngine, TunnelNames } from './laid-tunnel.ts';
import { TUNNEL_DEVICE } from './tunnel-setup.ts';

const PROGRAM = fileURLToPath(new URL('./tunnel-process.ts', import.meta.url));

const engine: TunnelEngine = {
  queue: 100,
  // A connection that lost its last subflow is over after a second instead of a minute: for this one
  // nobody opens another, and the caller can only then begin anew.
  settings: ['net.mptcp.close_timeout=1'],
  hub: ({ listen, port }) => [process.execPath, PROGRAM, TUNNEL_DEVICE, listen, String(port)],
  branch: ({ listen, port, from }) =>
    [...[process.execPath, PROGRAM, TUNNEL_DEVICE, listen, String(port), ...from]] as const,
};

/** As {@link layTunnel}. */
export async function startTunnel(lab: Lab, names: TunnelNames): Promise<Tunnel> {
  return layTunnel(lab, names, engine);
}
