/**
 * nginx in a namespace, with the objects of the page: the far end of a web page's load.
 *
 * Always holds: it has nothing to do with the machine's own nginx: all its files are in the directory
 * given. One process without a master, whose workers would outlive it, so it dies with ours.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WamptcpError } from '../../lib/errors.ts';
import { isReached } from '../../system/is-reached.ts';
import { BulkData } from './bulk-data.ts';
import { launch, type Child, type Protocol } from './launch.ts';
import { WEB_PAGE } from './web-page.ts';

export type WebServerOptions = {
  /** It listens on all addresses of this namespace, IPv4 and IPv6. */
  readonly namespace: string;
  /** `mptcp` serves TCP clients as well. */
  readonly protocol: Protocol;
  /** For objects, configuration, process id and logs; made if it is not there. */
  readonly directory: string;
  /** Default 80. */
  readonly port?: number;
};

export type WebServer = {
  readonly port: number;
  readonly pid: number;
  /** What was answered so far, in the order in which it was. */
  readonly answered: () => Promise<readonly WebAnswer[]>;
  readonly stop: () => Promise<void>;
};

export type WebAnswer = {
  /** A number for each connection that was accepted. */
  readonly connection: number;
  readonly status: number;
  /** Without the header. */
  readonly bytes: number;
  readonly path: string;
};

const DEFAULT_PORT = 80;

/** Fulfilled when it listens. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { namespace, protocol, directory, port = DEFAULT_PORT } = options;
  const accessLog = join(directory, 'access.log');
  const pidFile = join(directory, 'nginx.pid');
  await writeObjects(join(directory, 'objects'));
  await writeFile(join(directory, 'nginx.conf'), configuration(port));
  for (const file of [accessLog, pidFile]) await rm(file, { force: true });
  const child = launch({
    namespace,
    protocol,
    command: ['nginx', '-p', directory, '-c', 'nginx.conf', '-e', 'error.log'],
  });
  await listening(child, pidFile);
  return {
    port,
    pid: child.pid,
    answered: async () => parseAccessLog(await readFile(accessLog, 'utf8')),
    stop: async () => {
      await child.stop();
    },
  };
}

async function writeObjects(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [index, { path, bytes }] of WEB_PAGE.entries()) {
    const data = new BulkData(index);
    const pieces: Buffer[] = [];
    while (data.bytes < bytes) pieces.push(...data.next(bytes - data.bytes));
    await writeFile(join(directory, path), pieces);
  }
}

/** As Debian ships it where that matters for speed; paths are within the directory (`-p`). */
function configuration(port: number): string {
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
  ${bodies.map((name) => `${name}_temp_path ${name};`).join(' ')}
  sendfile on;
  tcp_nopush on;
  # No connection is given up because a line is.
  keepalive_timeout 1h;
  send_timeout 1h;
  log_format answer '$connection $status $body_bytes_sent $uri';
  access_log access.log answer;
  default_type application/octet-stream;
  server {
    listen ${port};
    listen [::]:${port};
    root objects;
  }
}
`;
}

/** It writes its process id when it listens. */
async function listening(child: Child, pidFile: string): Promise<void> {
  const isUp = isReached(async () =>
    (await readFile(pidFile, 'utf8').catch(() => '')).endsWith('\n'),
  );
  if (await Promise.race([isUp, child.exited.then(() => false)])) return;
  const { stderr } = await child.stop();
  throw new WamptcpError('WEB_SERVER_NOT_STARTED', `nginx: ${stderr.trim() || 'not ready'}`, {
    advice: 'Run `make setup`, which installs nginx, and see that nothing else has its port.',
  });
}

/** Lines of the format above; one that is still being written is none yet. */
export function parseAccessLog(text: string): WebAnswer[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [connection, status, bytes, path = ''] = line.split(' ');
      return { connection: Number(connection), status: Number(status), bytes: Number(bytes), path };
    });
}
