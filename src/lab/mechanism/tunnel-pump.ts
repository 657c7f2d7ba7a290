/**
 * One direction of the tunnel, a thread of its own: from the device into the connection, or back.
 *
 * Always holds: it ends when the connection does, and only then. While the connection is full the
 * device is not read, and what its queue has no room for is lost, as on any line. Nothing is allocated
 * and nothing copied between the two system calls of a frame.
 */
import { isMainThread, workerData } from 'node:worker_threads';

import { EAGAIN, EINTR, libc, MSG_NOSIGNAL, MSG_WAITALL, systemCallError } from '../link/libc.ts';
import { FrameBatch, FrameReader, GREETING } from './tunnel-frames.ts';

export interface PumpOrder {
  readonly direction: 'out' | 'in';
  /** Descriptors of this process. */
  readonly device: number;
  readonly connection: number;
}

/** So much goes out by one call: more would leave the processor's cache before it is copied again. */
const BATCH_FRAMES = 4;
const RECEIVE_OCTETS = 512 * 1024;
const POLLIN = 1;
const POLLHUP = 0x10;
const POLLERR = 0x8;

function pumpOut({ device, connection }: PumpOrder): void {
  if (!sendAll(connection, GREETING)) return;
  const batch = new FrameBatch(BATCH_FRAMES);
  const polled = Uint32Array.of(device, POLLIN, connection, 0);
  for (;;) {
    fill(batch, device);
    if (batch.octets.length > 0) {
      if (!sendAll(connection, batch.octets)) return;
      batch.clear();
      continue;
    }
    if (libc.ppoll(polled, 2, null, null) < 0 && libc.errno() !== EINTR)
      throw systemCallError('ppoll');
    if (((polled[3] ?? 0) >>> 16) & (POLLHUP | POLLERR)) return;
  }
}

/** With all frames that are waiting, as far as there is room. */
function fill(batch: FrameBatch, device: number): void {
  for (let room = batch.room; room !== undefined; room = batch.room) {
    const length = libc.read(device, room, room.length);
    if (length > 0) batch.add(length);
    else if (libc.errno() === EAGAIN) return;
    else if (libc.errno() !== EINTR) throw systemCallError('read from the TUN device');
  }
}

/** False: the connection is over. */
function sendAll(connection: number, octets: Uint8Array): boolean {
  for (let rest = octets; rest.length > 0;) {
    const sent = libc.send(connection, rest, rest.length, MSG_NOSIGNAL);
    if (sent >= 0) rest = rest.subarray(sent);
    else if (libc.errno() !== EINTR) return false;
  }
  return true;
}

function pumpIn({ device, connection }: PumpOrder): void {
  const reader = new FrameReader(RECEIVE_OCTETS);
  const deliver = (frame: Uint8Array): void => {
    // One that the kernel does not take is lost, as on any line; TCP inside sends it again.
    libc.write(device, frame, frame.length);
  };
  if (!isGreeted(connection)) return;
  for (;;) {
    const { room } = reader;
    const count = libc.recv(connection, room, room.length, 0);
    if (count > 0) reader.take(count, deliver);
    else if (count === 0 || libc.errno() !== EINTR) return;
  }
}

function isGreeted(connection: number): boolean {
  const heard = new Uint8Array(GREETING.length);
  libc.recv(connection, heard, heard.length, MSG_WAITALL);
  return heard.every((octet, index) => octet === GREETING[index]);
}

if (!isMainThread) {
  const order = workerData as PumpOrder;
  if (order.direction === 'out') pumpOut(order);
  else pumpIn(order);
}
