/**
 * A client's connection. What arrives is read into one buffer that is used again and again (Node
 * otherwise allocates 64 KiB per read, and the collector's pauses would show in the figures), so
 * `onChunk` must be done with its argument when it returns.
 */

import { connect, type Socket } from 'node:net';

const READ_BYTES = 256 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

export type Target = {
  readonly host: string;
  readonly port: number;
  /** Local address, to choose a WAN. */
  readonly from?: string | undefined;
};

export function dial(target: Target, onChunk: (chunk: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const socket = connect({
      host: target.host,
      port: target.port,
      ...(target.from === undefined ? {} : { localAddress: target.from }),
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes) => {
          onChunk(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    const where = `${target.host} port ${target.port}`;
    const timer = setTimeout(() => {
      const message = `no connection to ${where} within ${CONNECT_TIMEOUT_MS / 1000} s`;
      socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    }, CONNECT_TIMEOUT_MS);
    socket.once('error', reject);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(timer));
  });
}
