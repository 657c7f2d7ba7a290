/**
 * Program: one end of the tunnel, all of whose frames are in one MPTCP connection.
 *
 *   node tunnel-process.ts DEVICE ADDRESS PORT            listens there
 *   node tunnel-process.ts DEVICE ADDRESS PORT FROM…      calls, from the first address that gets through
 *
 * Always holds: there is one connection at a time; the caller makes a new one a second after the old
 * one broke, the listener prefers the newest. A device without a connection keeps what fits into its
 * queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { address } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { libc } from '../link/libc.ts';
import { openTunnelDevice } from './tunnel-device.ts';
import type { PumpOrder } from './tunnel-pump.ts';
import { acceptFrom, breakOff, connectTo, listenOn } from './tunnel-socket.ts';

const RETRY_MS = 1000;

/** From one connection until it is over, whoever ends it. */
async function carry(device: number, connection: number): Promise<void> {
  console.error('tunnel: connected');
  const pump = async (direction: PumpOrder['direction']): Promise<void> => {
    const order: PumpOrder = { direction, device, connection };
    const worker = new Worker(new URL('./tunnel-pump.ts', import.meta.url), { workerData: order });
    worker.once('error', (error) => console.error(`tunnel: ${direction}: ${String(error)}`));
    await new Promise((ended) => worker.once('exit', ended));
    // So that the other one ends, too.
    breakOff(connection);
  };
  await Promise.all([pump('out'), pump('in')]);
  libc.close(connection);
  console.error('tunnel: the connection is over');
}

async function listen(device: number, at: Address, port: number): Promise<never> {
  const listener = listenOn(at, port);
  let before = Promise.resolve();
  let last: number | undefined;
  for (;;) {
    const connection = await acceptFrom(listener);
    if (last !== undefined) breakOff(last);
    await before;
    last = connection;
    before = carry(device, connection).finally(() => (last = undefined));
  }
}

/** From the first address that is answered, in their order each time: its line may be back. */
async function call(
  device: number,
  to: Address,
  port: number,
  from: readonly Address[],
): Promise<never> {
  for (;;) {
    const connection = await firstAnswer(to, port, from);
    if (connection !== undefined) await carry(device, connection);
    await sleep(RETRY_MS);
  }
}

async function firstAnswer(
  to: Address,
  port: number,
  from: readonly Address[],
): Promise<number | undefined> {
  for (const near of from) {
    const connection = await connectTo(to, port, near);
    if (connection !== undefined) return connection;
    console.error(`tunnel: no answer from ${to} to ${near}`);
  }
  return undefined;
}

const [name, far, port, ...from] = process.argv.slice(2);
if (import.meta.main && name !== undefined && far !== undefined) {
  const device = openTunnelDevice(name);
  if (from.length === 0) await listen(device, address(far), Number(port));
  else await call(device, address(far), Number(port), from.map(address));
}
