/**
 * Whether something else uses this machine while it is measured: then what is timed in milliseconds is
 * late, transactions most of all. It is told, and not forbidden: who looks at something else knows best.
 */
import { loadavg } from 'node:os';

import { acquireLock } from '../system/lock.ts';

/** Processes that want to run, on average. */
const QUIET = 0.7;

export interface Company {
  /** What to say of it; undefined: there is none. */
  readonly words: string | undefined;
  release(): Promise<void>;
}

/** @param name of the lock that evaluations hold */
export async function lookForCompany(
  load = loadavg()[0] ?? 0,
  name = 'evaluate',
): Promise<Company> {
  const lock = await acquireLock(name);
  return {
    words: inWords(lock === undefined, load),
    release: async () => {
      await lock?.release();
    },
  };
}

function inWords(another: boolean, load: number): string | undefined {
  const spoils = 'what is timed will be late, transactions most of all';
  if (another) return `another evaluation runs here: ${spoils}`;
  if (load > QUIET) return `this machine is busy (load ${load.toFixed(1)}): while it is, ${spoils}`;
  return undefined;
}
