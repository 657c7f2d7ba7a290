/**
 * What something costs in processor time, as the kernel counts it: some processes alone, and the
 * machine as a whole.
 *
 * Always holds: both are running totals, so a cost is the difference of two; work that the kernel does
 * for a packet on its way through (forwarding, encapsulation) is in the machine's total only.
 */
import { readFile } from 'node:fs/promises';
import { sum } from '../lib/sum.ts';

/** USER_HZ: what /proc counts in on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Own and of children that have ended and been waited for; 0 for processes that are gone. */
export async function processorSeconds(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      return text === undefined ? 0 : parseProcessSeconds(text);
    }),
  );
  return each.reduce((total, seconds) => total + seconds, 0);
}

/** All processors together, in whatever way they were busy. */
export async function machineSeconds(): Promise<number> {
  return parseMachineSeconds(await readFile('/proc/stat', 'utf8'));
}

/** proc_pid_stat(5): utime, stime, cutime, cstime; all threads. */
export function parseProcessSeconds(text: string): number {
  // The program's name is in parentheses and may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return sum(fields.slice(11, 15).map(Number)) / TICKS_PER_SECOND;
}

/** proc_stat(5): all but idle, iowait and what other guests of the host took (steal). */
export function parseMachineSeconds(text: string): number {
  const [first = ''] = text.split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return sum([user, nice, system, irq, softirq]) / TICKS_PER_SECOND;
}
