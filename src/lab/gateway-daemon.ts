/**
 * The daemons of a lab's gateways: the same program as in production, each in its namespace.
 *
 * Always holds: a daemon outlives the command that started it; what it says goes into its log.
 */
import { request } from 'node:http';
import { join, resolve } from 'node:path';

import { WamptcpError } from '../lib/errors.ts';
import { runDirectoryOf } from '../system/run-directory.ts';
import { lastWords, startDetached } from './detached.ts';
import { namespaceInode } from './namespace.ts';
import type { GatewayNode } from './plan.ts';
import { startTimeOf } from './processes.ts';
import type { DaemonRecord } from './record.ts';

/** What runs on a gateway; a stand-in of tests may be something else. */
export type GatewayProgram = (gateway: GatewayNode) => readonly [string, ...string[]];

/** The command line that gateways, and whoever asks them, are driven by. */
export const WAMPTCP = resolve(import.meta.dirname, '../../bin/wamptcp');

export const production: GatewayProgram = ({ file }) => [WAMPTCP, 'run', '-c', file];

/** The part of a gateway's status that a lab looks at; see docs/status.schema.json. */
export interface GatewayStatus {
  readonly paths: readonly WayStatus[];
  /** `direct` is null for a WAN that is not direct. */
  readonly wans: readonly { readonly direct: readonly WayStatus[] | null }[];
}

interface WayStatus {
  readonly name: string;
  readonly state: string;
}

export async function startDaemon(
  lab: string,
  gateway: GatewayNode,
  program: GatewayProgram,
): Promise<DaemonRecord> {
  const daemon = await startDetached(lab, gateway, program(gateway));
  if (daemon === undefined) throw await notRunning(lab, gateway);
  return { gateway: gateway.name, ...daemon };
}

export async function isRunning({ pid, started }: DaemonRecord): Promise<boolean> {
  return (await startTimeOf(pid)) === started;
}

/** Undefined: no daemon answers. */
export async function gatewayStatus(gateway: GatewayNode): Promise<GatewayStatus | undefined> {
  const inode = await namespaceInode(gateway.namespace);
  if (inode === undefined) return undefined;
  const text = await get(join(runDirectoryOf(inode).api), '/status');
  return text === undefined ? undefined : (JSON.parse(text) as GatewayStatus);
}

export async function notRunning(lab: string, { name }: GatewayNode): Promise<WamptcpError> {
  const last = await lastWords(lab, name);
  return new WamptcpError('LAB_GATEWAY_ENDED', `gateway ${name} does not run. It said:\n${last}`, {
    advice: 'Mend what it complains about, then `wamptcp lab up` again.',
  });
}

function get(socketPath: string, path: string): Promise<string | undefined> {
  return new Promise((done) => {
    request({ socketPath, path, timeout: 2000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => done(response.statusCode === 200 ? text : undefined));
      response.once('error', () => done(undefined));
    })
      .once('timeout', function (this: { destroy(): void }) {
        this.destroy();
      })
      .once('error', () => done(undefined))
      .end();
  });
}
