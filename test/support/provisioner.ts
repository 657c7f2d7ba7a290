/** Who hands out addresses in a network namespace, found without any file of ours. */
import { readdirSync, readFileSync } from 'node:fs';

import type { RunDirectory } from '../../src/system/run-directory.ts';

/** The processes that run with the configuration of this directory; one, or none, is right. */
export function provisionersOf({ provisionerConfig }: RunDirectory): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => wordsOf(pid).includes(`--conf-file=${provisionerConfig}`))
    .map(Number);
}

function wordsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
