/**
 * Processes by the network namespace they are in.
 *
 * Always holds: only what is in a namespace of the lab at that very moment is ended, never this
 * process, and never by name.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const GENTLE_MS = 4000;
const GIVE_UP_MS = 10_000;
const LOOK_MS = 40;

export async function processesIn(inodes: ReadonlySet<number>): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const inside = await Promise.all(
    pids.map(async (pid) => {
      const inode = await namespaceOf(pid);
      return inode !== undefined && pid !== process.pid && inodes.has(inode);
    }),
  );
  return pids.filter((_, index) => inside[index]);
}

/** Asks them to end, insists after a while, and resolves to how many there were. */
export async function endProcessesIn(inodes: ReadonlySet<number>): Promise<number> {
  if (inodes.size === 0) return 0;
  const asked = new Set<number>();
  const start = performance.now();
  for (;;) {
    const rest = await processesIn(inodes);
    const elapsed = performance.now() - start;
    if (rest.length === 0 || elapsed > GIVE_UP_MS) return asked.size;
    for (const pid of rest) {
      // Also those that one of them has started meanwhile.
      if (elapsed > GENTLE_MS) signal(pid, 'SIGKILL');
      else if (!asked.has(pid)) signal(pid, 'SIGTERM');
      asked.add(pid);
    }
    await sleep(LOOK_MS);
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** Start time of a process, clock ticks since boot; undefined when there is none. */
export async function startTimeOf(pid: number): Promise<number | undefined> {
  const fields = await statOf(pid);
  return fields === undefined ? undefined : Number(fields[19]);
}

/** Processes of the session that this one leads; all that it has started, unless they left it. */
export async function processesOfSession(leader: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const sessions = await Promise.all(pids.map(async (pid) => (await statOf(pid))?.[3]));
  return pids.filter((_, index) => sessions[index] === String(leader));
}

/** proc_pid_stat(5) from its third field on; undefined: there is no such process. */
async function statOf(pid: number): Promise<readonly string[] | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in parentheses and may contain anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only nobody has asked yet how.
    return fields[0] === 'Z' ? undefined : fields;
  } catch {
    return undefined;
  }
}

/** Processes whose command line, word by word, is the one looked for. */
export async function processesWith(
  isWanted: (words: readonly string[]) => boolean,
): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return isWanted(line.split('\0').slice(0, -1));
    }),
  );
  return pids.filter((_, index) => found[index]);
}

async function namespaceOf(pid: number): Promise<number | undefined> {
  try {
    return (await stat(`/proc/${pid}/ns/net`)).ino;
  } catch {
    return undefined;
  }
}
