/**
 * Programs that daemonise themselves and write their number into a file, so that they outlive us.
 *
 * Always holds: a process that only got the number of one that ended is never taken for it: the one
 * meant has the path of its configuration on its command line. One whose number is not in the file,
 * since whoever started it was killed in that moment, is found all the same.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { isMissing, readIfPresent } from './file.ts';
import { isReached } from './is-reached.ts';

export interface Background {
  readonly program: string;
  readonly pidFile: string;
  /** Nobody else runs this program with this file. */
  readonly config: string;
}

/** Undefined: it does not run. */
export async function backgroundPid(background: Background): Promise<number | undefined> {
  const known = await knownPid(background);
  // To look through all processes takes its time; without a configuration there is none.
  if (known !== undefined || (await readIfPresent(background.config)) === undefined) return known;
  return await findPid(background);
}

/** By its own word: undefined also while it has not written its number yet. */
export async function knownPid(background: Background): Promise<number | undefined> {
  const pid = Number((await readIfPresent(background.pidFile)) ?? 'none');
  return Number.isInteger(pid) && pid > 0 && (await isMeant(pid, background)) ? pid : undefined;
}

/** Asks it to end, insists after five seconds, and returns when it is gone; also if there are two. */
export async function stopBackground(background: Background): Promise<void> {
  for (let last: number | undefined; ;) {
    const pid = await backgroundPid(background);
    if (pid === undefined || pid === last) return;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      send(signal, pid);
      if (await isReached(async () => !(await isMeant(pid, background)))) break;
    }
    last = pid;
  }
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
}

async function findPid(background: Background): Promise<number | undefined> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  for (const pid of pids) if (await isMeant(pid, background)) return pid;
  return undefined;
}

async function isMeant(pid: number, { program, config }: Background): Promise<boolean> {
  const [first = '', ...words] = await commandLine(pid);
  return (
    basename(first) === program &&
    words.some((word) => word === config || word.endsWith(`=${config}`))
  );
}

async function commandLine(pid: number): Promise<readonly string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch (error) {
    if (isMissing(error) || hasEnded(error)) return [];
    throw error;
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
