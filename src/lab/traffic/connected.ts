/** The report that a connection is up, as either end prints it. */

import type { Socket } from 'node:net';
import { ConnectionWatch } from './mptcp-state.ts';
import type { ConnectedReport } from './report.ts';

export function connectedReport(
  socket: Socket,
  { transfer }: { readonly transfer: string },
  role: ConnectedReport['role'],
): ConnectedReport {
  return {
    event: 'connected',
    transfer,
    role,
    local: endpoint(socket.localAddress, socket.localPort),
    remote: endpoint(socket.remoteAddress, socket.remotePort),
    connection: new ConnectionWatch(socket).now(),
  };
}

function endpoint(address: string | undefined, port: number | undefined): string {
  const host = address?.includes(':') === true ? `[${address}]` : (address ?? '?');
  return `${host}:${port ?? '?'}`;
}
