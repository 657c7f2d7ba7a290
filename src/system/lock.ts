/**
 * A lock per network namespace.
 *
 * Always holds: at most one holder per namespace and name, and a holder that dies, however it dies,
 * holds no longer. Abstract Unix sockets give just that: their names live in the network namespace,
 * and the kernel closes them with the process.
 */
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Lock {
  release(): Promise<void>;
}

/** The lock, or undefined when somebody else has it for longer than `patience` milliseconds. */
export async function acquireLock(name: string, patience = 0): Promise<Lock | undefined> {
  const deadline = performance.now() + patience;
  for (;;) {
    const server = await listen(`\0wamptcp/${name}`);
    if (server !== undefined) {
      return {
        release: () =>
          new Promise((resolve) =>
            server.close(() => {
              resolve();
            }),
          ),
      };
    }
    if (performance.now() >= deadline) return undefined;
    await sleep(50);
  }
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}
