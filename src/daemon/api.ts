/**
 * The daemon's API: HTTP on a Unix socket that only root can open.
 *
 * Always holds: local; every answer is JSON, `/events` one object per line for as long as the client
 * stays.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { chmodSync } from 'node:fs';

import { messageOf, WamptcpError } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import type { Status } from '../observe/status.ts';
import { removeFile } from '../system/file.ts';
import type { DrainOutcome, DrainRequest } from './drain.ts';

export interface ApiHandlers {
  status(): Promise<Status>;
  listen(listener: (event: Event) => void): () => void;
  /** Somebody else has applied something, or decided on a drain. */
  reload(): Promise<void>;
  drain(request: DrainRequest): Promise<DrainOutcome>;
}

export async function serveApi(path: string, handlers: ApiHandlers): Promise<Server> {
  // A socket file of a killed predecessor; that there is no living one, the run lock says.
  await removeFile(path);
  const server = createServer((request, response) => {
    answer(request, response, handlers).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, refusal(error));
      else response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: ApiHandlers,
): Promise<void> {
  const drain = drainOf(request);
  if (drain !== undefined) {
    send(response, 200, await handlers.drain(drain));
    return;
  }
  switch (`${request.method ?? ''} ${request.url ?? ''}`) {
    case 'GET /status':
      send(response, 200, await handlers.status());
      return;
    case 'GET /events':
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.flushHeaders();
      response.once(
        'close',
        handlers.listen((event) => response.write(`${JSON.stringify(event)}\n`)),
      );
      return;
    case 'POST /reload':
      await handlers.reload();
      send(response, 200, {});
      return;
    default:
      send(response, 404, {
        error: 'GET /status, GET /events, POST /reload, POST /wan/NAME/drain|restore',
      });
  }
}

/** `POST /wan/NAME/drain`, `…/drain?force`, `…/restore`. */
function drainOf({ method, url = '' }: IncomingMessage): DrainRequest | undefined {
  const [, name, action, force] = /^\/wan\/([^/?]+)\/(drain|restore)(\?force)?$/.exec(url) ?? [];
  if (method !== 'POST' || name === undefined) return undefined;
  const wan = decodeURIComponent(name);
  return { wan, action: action === 'drain' ? 'drain' : 'restore', force: force !== undefined };
}

/** What went wrong, for the command at the other end to say. */
export interface Refusal {
  readonly error: string;
  readonly code?: string;
  readonly advice?: string;
}

function refusal(error: unknown): Refusal {
  if (!(error instanceof WamptcpError)) return { error: messageOf(error) };
  const { code, message, advice } = error;
  return { error: message, code, advice };
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
