/**
 * A server whose connections end as they are told by their first line: `node endings-server.ts PORT`.
 * Prints a line of JSON for each connection that has ended.
 */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

import type { ServerSaw } from './endings.ts';

const BYE = 'bye\n';
const DROP = Buffer.alloc(4096, 'x');

const port = Number(process.argv[2]);

createServer({ allowHalfOpen: true }, (socket) => {
  const saw: { -readonly [K in keyof ServerSaw]: ServerSaw[K] } = {
    kind: '',
    from: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    received: 0,
    end: 'none',
  };
  socket.on('data', (data) => {
    if (saw.kind === '') {
      const text = data.toString();
      saw.kind = text.slice(0, text.indexOf('\n'));
      begin(socket, saw.kind);
      return;
    }
    saw.received += data.length;
    if (saw.kind === 'echo') socket.write(data);
  });
  socket.on('end', () => {
    saw.end = 'end';
    // What the client left half open, we close after a last word.
    if (saw.kind === 'client half-closes') socket.end(BYE);
    else if (!socket.writableEnded) socket.end();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    saw.end = error.code ?? error.message;
  });
  socket.on('close', () => {
    process.stdout.write(`${JSON.stringify(saw)}\n`);
  });
}).listen(port, '::', 4096, () => {
  process.stdout.write(`${JSON.stringify({ kind: 'listening' })}\n`);
});

function begin(socket: Socket, kind: string): void {
  if (kind === 'server half-closes') socket.end(BYE);
  else if (kind === 'server resets') socket.resetAndDestroy();
  else if (kind === 'drips') drip(socket);
  else if (kind === 'who') socket.write(`${socket.remoteAddress ?? ''}\n`);
  else socket.write(BYE);
}

/** A little at a time, until somebody ends it. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write(DROP), 50);
  socket.on('close', () => {
    clearInterval(timer);
  });
}
