/**
 * How connections can end, and what both ends see of it. Sockets are opened in a host's network
 * namespace by this process itself.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import { enterNamespace, leave } from '../../support/namespace.ts';

/** What the server prints of a connection that has ended. */
export interface ServerSaw {
  readonly kind: string;
  readonly from: string;
  /** Bytes after the first line. */
  readonly received: number;
  /** `end`: the client's FIN; an error's code; `none`. */
  readonly end: string;
}

/** What the client sees, in the order in which it happens: `connected`, `data 4`, `end`, an error. */
export type ClientSaw = readonly string[];

export const ENDINGS = [
  'client half-closes',
  'server half-closes',
  'client resets',
  'server resets',
] as const;

export type Ending = (typeof ENDINGS)[number];

const AFTER_THE_END = Buffer.alloc(1000, 'x');

/**
 * Connects from the namespace; the promise is fulfilled with the socket at once, connected or not.
 * @param listen is called before anything can have happened to it.
 */
export async function open(
  namespace: string,
  host: string,
  port: number,
  listen: (socket: Socket) => void = () => undefined,
): Promise<Socket> {
  enterNamespace(namespace);
  try {
    const socket = connect({ host, port, allowHalfOpen: true });
    listen(socket);
    // The socket is made in the next turn of the event loop.
    await turn();
    return socket;
  } finally {
    leave();
  }
}

/** Lets a connection end in this way. */
export async function end(
  namespace: string,
  host: string,
  port: number,
  ending: Ending,
): Promise<ClientSaw> {
  return await story(namespace, host, port, (socket) => {
    socket.once('connect', () => socket.write(`${ending}\n`));
    socket.once('data', () => {
      if (ending === 'client half-closes') socket.end();
      else if (ending === 'client resets') socket.resetAndDestroy();
    });
    socket.once('end', () => {
      if (ending === 'server half-closes') socket.end(AFTER_THE_END);
      else if (!socket.writableEnded) socket.end();
    });
  });
}

/** What becomes of a connection to where nobody is. */
export async function knock(namespace: string, host: string, port: number): Promise<ClientSaw> {
  return await story(namespace, host, port, (socket) => {
    socket.once('end', () => socket.end());
  });
}

/** All that a client sees of a connection in which it takes this part. */
async function story(
  namespace: string,
  host: string,
  port: number,
  act: (socket: Socket) => void,
): Promise<ClientSaw> {
  const told = Promise.withResolvers<ClientSaw>();
  await open(namespace, host, port, (socket) => {
    const saw = watch(socket);
    act(socket);
    socket.once('close', () => {
      told.resolve(saw);
    });
  });
  return await told.promise;
}

/** The first line that the server says to this question. */
export async function ask(
  namespace: string,
  host: string,
  port: number,
  question: string,
): Promise<string> {
  const socket = await open(namespace, host, port);
  socket.write(`${question}\n`);
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return data.toString().trim();
}

function watch(socket: Socket): string[] {
  const saw: string[] = [];
  let bytes = 0;
  socket.on('connect', () => saw.push('connected'));
  socket.on('data', (data) => {
    bytes += data.length;
  });
  const ended = (how: string): void => {
    if (bytes > 0) saw.push(`data ${bytes}`);
    saw.push(how);
  };
  socket.on('end', () => {
    ended('end');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ended(error.code ?? error.message);
  });
  return saw;
}
