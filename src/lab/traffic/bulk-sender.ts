/**
 * The sending end of one connection of a bulk transfer: writes until the bytes are sent or the time
 * is over, then half-closes. As much is kept in the process as fills the socket once (1 MB).
 */

import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { BLOCK_BYTES, BulkData } from './bulk-data.ts';
import { shareOf } from './bulk-share.ts';
import { monotonicNs, NS_PER_SECOND } from './monotonic.ts';
import { ConnectionWatch, type MptcpState } from './mptcp-state.ts';
import type { BulkRequest } from './request.ts';

const IN_PROCESS_BYTES = 4 * BLOCK_BYTES;

export type SentConnection = {
  readonly bytes: number;
  readonly sha256: string | undefined;
  readonly connection: MptcpState;
  /** Everything planned was handed to the kernel. */
  readonly complete: boolean;
};

export type BulkSender = {
  /** Fulfilled when all is handed to the kernel, the connection broke, or `stop` was called. */
  readonly done: Promise<SentConnection>;
  readonly stop: () => void;
};

export function sendBulk(socket: Socket, request: BulkRequest): BulkSender {
  const watch = new ConnectionWatch(socket);
  const hash = request.hash ? createHash('sha256') : undefined;
  const data = new BulkData(request.connection, hash);
  const total =
    request.bytes === undefined
      ? Infinity
      : shareOf(request.bytes, request.connection, request.connections);
  const deadline =
    request.seconds === undefined ? Infinity : monotonicNs() + request.seconds * NS_PER_SECOND;
  const { promise, resolve } = Promise.withResolvers<SentConnection>();
  let over = false;

  const isOver = (): boolean => data.bytes >= total || monotonicNs() >= deadline;

  const fill = (): void => {
    if (over) return;
    socket.cork();
    while (socket.writableLength < IN_PROCESS_BYTES && !isOver()) {
      for (const piece of data.next(Math.min(BLOCK_BYTES, total - data.bytes))) {
        if (piece.length > 0) socket.write(piece);
      }
    }
    socket.uncork();
    if (isOver()) finish(true);
  };

  const finish = (complete: boolean): void => {
    if (over) return;
    over = true;
    socket.off('drain', fill);
    const report = (error?: Error | null): void => {
      const allSent = complete && (error === undefined || error === null);
      const sha256 = hash?.digest('hex');
      resolve({ bytes: data.bytes, sha256, connection: watch.summary(), complete: allSent });
    };
    if (socket.destroyed) report();
    else socket.end(report);
  };

  const stop = (): void => finish(false);
  watch.now();
  socket.on('drain', fill);
  socket.once('close', stop);
  fill();
  return { done: promise, stop };
}
