/**
 * How a client's connection ends. Normally the sending end half-closes, the other one follows. To
 * stop early a client half-closes, too – the server then stops sending – and has a second to receive
 * what is on the way; only then is the connection torn down.
 */

import type { Socket } from 'node:net';
import { print } from './report.ts';

const STOP_GRACE_MS = 1000;

/** Fulfilled when the connection is closed; a broken one is reported, and no exception. */
export function closed(socket: Socket, stop: AbortSignal): Promise<void> {
  socket.on('error', (error) => print({ event: 'error', message: error.message }));
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      socket.end();
      setTimeout(() => socket.destroy(), STOP_GRACE_MS).unref();
    };
    socket.once('close', () => {
      stop.removeEventListener('abort', end);
      resolve();
    });
    socket.resume();
    if (stop.aborted) end();
    else stop.addEventListener('abort', end);
  });
}
