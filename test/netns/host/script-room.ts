/**
 * Calls of the host script, each as the hook of a client makes it, on a host where everything that it
 * could change is seen.
 *
 * Always holds: nothing reaches the machine; what was made is gone when the calls are done.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { execa } from 'execa';

import { Namespace } from '../gateway/namespace.ts';

const SCRIPT = join(import.meta.dirname, 'script-room.sh');
const INSTALL = resolve(import.meta.dirname, '../../../host/install');

export interface Call {
  /** A line of shell. */
  readonly line: string;
  readonly environment: Readonly<Record<string, string | Uint8Array>>;
  /** What the client keeps in its file. */
  readonly lease?: string | Uint8Array;
}

export interface Outcome {
  readonly status: number;
  /** Equal text is an equal host. */
  readonly state: string;
}

export interface Room {
  /** What /bin/sh is. */
  readonly shell: string;
  /** Whose hooks are installed. */
  readonly client: string;
}

let rooms = 0;

export async function makeCalls(
  { shell, client }: Room,
  calls: readonly Call[],
): Promise<readonly Outcome[]> {
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-calls-'));
  const namespace = await Namespace.create(`calls-${(rooms += 1)}`);
  try {
    for (const [index, call] of calls.entries()) writeCall(directory, index, call);
    const [program, ...prefix] = namespace.prefix;
    const { stdout } = await execa(program, [
      ...[...prefix, 'unshare', '--mount', '--propagation', 'private'],
      ...['dash', SCRIPT, directory, shell, client, INSTALL],
    ]);
    return outcomesOf(stdout);
  } finally {
    await namespace.endProcesses();
    await namespace.remove();
    rmSync(directory, { recursive: true });
  }
}

function writeCall(directory: string, index: number, { line, environment, lease }: Call): void {
  const folder = join(directory, 'cases', String(index).padStart(5, '0'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'line'), line);
  const exports = Object.entries(environment).map(([name, value]) => exported(name, value));
  writeFileSync(join(folder, 'env'), Buffer.concat(exports));
  if (lease !== undefined) writeFileSync(join(folder, 'lease'), lease);
}

/** A line of shell that sets it, octet by octet: a process per variable would take most of the time. */
function exported(name: string, value: string | Uint8Array): Uint8Array {
  // As octets; an environment has none that is 0.
  const octets = Buffer.from(value as string)
    .toString('latin1')
    .replaceAll('\0', '');
  return Buffer.from(`export ${name}='${octets.replaceAll("'", `'\\''`)}'\n`, 'latin1');
}

function outcomesOf(text: string): readonly Outcome[] {
  const [, ...parts] = `\n${text}`.split(/\n@ \d+ /);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { status: Number(part.slice(0, end)), state: part.slice(end + 1) };
  });
}
