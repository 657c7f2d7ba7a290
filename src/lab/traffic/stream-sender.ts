/**
 * The sending end of a message stream. A timer of one millisecond – the finest Node has – hands all
 * messages that are due to the socket in one write; each carries its own due time and the time of
 * that write. It never waits for the network: what the socket does not take is queued in the process.
 *
 * Buffers come from a pool and return to it when the kernel has their bytes, so a run on a working
 * network allocates nothing that the garbage collector would have to look at.
 */

import type { Socket } from 'node:net';
import { monotonicNs, NS_PER_MS } from './monotonic.ts';
import { writeHeader } from './message.ts';
import { ConnectionWatch } from './mptcp-state.ts';
import type { StreamSent } from './report.ts';
import type { StreamRequest } from './request.ts';
import { dueCount, dueNs, totalMessages, type Schedule } from './schedule.ts';

const BATCH_MESSAGES = 32;
const POOL_BATCHES = 64;

export type StreamSender = {
  /** Fulfilled when the last message was sent, the connection broke, or `stop` was called. */
  readonly done: Promise<StreamSent>;
  readonly stop: () => void;
};

export function sendStream(socket: Socket, request: StreamRequest): StreamSender {
  const { size, rate, seconds } = request;
  const watch = new ConnectionWatch(socket);
  const pool = Array.from({ length: POOL_BATCHES }, () => newBatch(size));
  const schedule: Schedule = {
    startNs: monotonicNs() + NS_PER_MS,
    rate,
    total: totalMessages(rate, seconds),
  };
  const cpu = process.cpuUsage();
  const { promise, resolve } = Promise.withResolvers<StreamSent>();
  let sent = 0;
  let backlogBytes = 0;
  let over = false;

  const sendDue = (): void => {
    const due = dueCount(schedule, monotonicNs());
    while (sent < due) {
      const batch = pool.pop() ?? newBatch(size);
      const count = Math.min(due - sent, BATCH_MESSAGES);
      const now = monotonicNs();
      for (let i = 0; i < count; i++) {
        writeHeader(batch, i * size, sent + i, dueNs(schedule, sent + i), now);
      }
      sent += count;
      socket.write(batch.subarray(0, count * size), () => {
        if (pool.length < POOL_BATCHES) pool.push(batch);
      });
    }
    backlogBytes = Math.max(backlogBytes, socket.writableLength);
    if (sent === schedule.total) finish();
  };

  const finish = (): void => {
    if (over) return;
    over = true;
    clearInterval(timer);
    socket.off('close', finish);
    const connection = watch.summary();
    if (!socket.destroyed) socket.end();
    const spent = process.cpuUsage(cpu);
    resolve({
      event: 'summary',
      kind: 'stream',
      role: 'sender',
      transfer: request.transfer,
      complete: sent === schedule.total,
      sent,
      backlogBytes,
      connection,
      cpuSeconds: (spent.user + spent.system) / 1e6,
    });
  };

  socket.setNoDelay(true);
  socket.once('close', finish);
  const timer = setInterval(sendDue, 1);
  return { done: promise, stop: finish };
}

function newBatch(size: number): Buffer {
  return Buffer.alloc(BATCH_MESSAGES * size, 0x2e);
}
