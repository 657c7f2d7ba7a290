/**
 * Programs that daemonise themselves and write their number into a file, so that they outlive us.
 *
 * Always holds: a process that only got the number of one that ended is never taken for it: the one
 * meant has `mark`, usually the path of its configuration, on its command line.
 */
import { readFile } from 'node:fs/promises';

import { isMissing, readIfPresent } from './file.ts';
import { isReached } from './is-reached.ts';

/** Undefined: it does not run. */
export async function backgroundPid(pidFile: string, mark: string): Promise<number | undefined> {
  const pid = Number((await readIfPresent(pidFile)) ?? 'none');
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(mark) ? pid : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Asks it to end, insists after five seconds, and returns when it is gone. */
export async function stopBackground(pidFile: string, mark: string): Promise<void> {
  const pid = await backgroundPid(pidFile, mark);
  if (pid === undefined) return;
  const isGone = async (): Promise<boolean> => (await backgroundPid(pidFile, mark)) !== pid;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    process.kill(pid, signal);
    if (await isReached(isGone)) return;
  }
}
