/**
 * Programs of a lab that outlive the command that started them, each in its namespace.
 *
 * Always holds: what such a program says goes into the log of its node.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { nodeLog } from './names.ts';
import { startTimeOf } from './processes.ts';
import type { StartedProcess } from './record.ts';

const LAST_LINES = 10;

/** Undefined: it could not be started, or has ended already. */
export async function startDetached(
  lab: string,
  node: { readonly name: string; readonly namespace: string },
  argv: readonly string[],
): Promise<StartedProcess | undefined> {
  const log = openSync(nodeLog(lab, node.name), 'a', 0o600);
  const child = spawn('ip', ['netns', 'exec', node.namespace, ...argv], {
    // A session of its own: Ctrl-C at the terminal is not for the lab.
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  const { pid } = child;
  const started = pid === undefined ? undefined : await startTimeOf(pid);
  return pid === undefined || started === undefined ? undefined : { pid, started };
}

/** The end of a node's log, which says why something is not as it should be. */
export async function lastWords(lab: string, node: string): Promise<string> {
  const text = await readFile(nodeLog(lab, node), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}
