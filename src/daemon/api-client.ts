/**
 * The commands' side of the API. Always holds: no daemon is an ordinary answer, not an error.
 */
import { request } from 'node:http';
import type { ClientRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { z } from 'zod';

import { status } from '../observe/status.ts';
import type { Status } from '../observe/status.ts';
import { WamptcpError } from '../lib/errors.ts';
import { drainOutcome } from './drain.ts';
import type { DrainOutcome, DrainRequest } from './drain.ts';

const PATIENCE_MS = 20_000;

/** Undefined: no daemon runs in this network namespace. */
export async function fetchStatus(socket: string): Promise<Status | undefined> {
  return await ask(socket, 'GET', '/status', status);
}

/** Undefined: no daemon runs in this network namespace. */
export async function requestDrain(
  socket: string,
  { wan, action, force }: DrainRequest,
): Promise<DrainOutcome | undefined> {
  const path = `/wan/${encodeURIComponent(wan)}/${action}${force ? '?force' : ''}`;
  return await ask(socket, 'POST', path, drainOutcome);
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

async function ask<T>(
  socket: string,
  method: string,
  path: string,
  answer: z.ZodType<T>,
): Promise<T | undefined> {
  const text = await call(socket, method, path);
  if (text === undefined) return undefined;
  const read = answer.safeParse(parsed(text));
  if (!read.success) throw otherVersion(read.error);
  return read.data;
}

function call(socket: string, method: string, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, method, path, timeout: PATIENCE_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('error', (error) => {
        reject(unanswered(error));
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(refused(text));
      });
    })
      .once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
        else reject(unanswered(error));
      })
      .once('timeout', function (this: ClientRequest) {
        this.destroy(silent());
      })
      .end();
  });
}

const refusal = z.object({
  error: z.string(),
  code: z.string().optional(),
  advice: z.string().optional(),
});

/** What the daemon says, as if it had been found here. */
export function refused(text: string): WamptcpError {
  const read = refusal.safeParse(parsed(text));
  if (!read.success) {
    return otherVersion(read.error);
  }
  const { error, code = 'DAEMON_FAILED', advice = LOOK } = read.data;
  return new WamptcpError(code, error, { advice });
}

const LOOK = 'The log of the daemon says more: `journalctl -u wamptcp`, or where its stderr goes.';

function otherVersion(cause: unknown): WamptcpError {
  return new WamptcpError('DAEMON_VERSION', 'the daemon answers like one of another version', {
    advice: 'Start it anew: it finds everything as it is, and forwarding goes on meanwhile.',
    cause,
  });
}

function unanswered(error: Error): WamptcpError {
  if (error instanceof WamptcpError) return error;
  return new WamptcpError('DAEMON_FAILED', `the daemon ended the conversation: ${error.message}`, {
    advice: LOOK,
    cause: error,
  });
}

function silent(): WamptcpError {
  return new WamptcpError(
    'DAEMON_SILENT',
    `the daemon runs and did not answer within ${PATIENCE_MS / 1000} s`,
    { advice: `It may be stopped or busy. ${LOOK}` },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
