/**
 * The commands' side of the API. Always holds: no daemon is an ordinary answer, not an error.
 */
import { request } from 'node:http';
import { createInterface } from 'node:readline';

import { status } from '../observe/status.ts';
import type { Status } from '../observe/status.ts';
import { WamptcpError } from '../lib/errors.ts';

/** Undefined: no daemon runs in this network namespace. */
export async function fetchStatus(socket: string): Promise<Status | undefined> {
  const text = await call(socket, 'GET', '/status');
  return text === undefined ? undefined : status.parse(JSON.parse(text));
}

/** Tells a running daemon that something was applied or decided; does nothing without one. */
export async function notifyDaemon(socket: string): Promise<void> {
  await call(socket, 'POST', '/reload');
}

/** Calls `onLine` with each event as JSON until the daemon ends; false: there is none. */
export async function followEvents(
  socket: string,
  onLine: (line: string) => void,
): Promise<boolean> {
  return await new Promise((resolve) => {
    request({ socketPath: socket, path: '/events' }, (response) => {
      createInterface({ input: response })
        .on('line', onLine)
        .once('close', () => {
          resolve(true);
        });
    })
      .once('error', () => {
        resolve(false);
      })
      .end();
  });
}

function call(socket: string, method: string, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, method, path, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(failed(text));
      });
    })
      .once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
        else reject(failed(error.message));
      })
      .end();
  });
}

function failed(text: string): WamptcpError {
  return new WamptcpError('DAEMON_FAILED', `the daemon answered: ${text.trim()}`, {
    advice: 'Look at its log.',
  });
}
