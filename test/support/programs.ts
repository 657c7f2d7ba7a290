/** Which processes of ours run in a network namespace, found without any file of ours. */
import { readdirSync, readFileSync } from 'node:fs';

import type { RunDirectory } from '../../src/system/run-directory.ts';

/** Those that hand out addresses with the configuration of this directory; one, or none, is right. */
export function provisionersOf({ provisionerConfig }: RunDirectory): readonly number[] {
  return processesWith(`--conf-file=${provisionerConfig}`);
}

/** Those that are the proxy of this directory: two that take connections, others that end theirs. */
export function proxiesOf({ proxyConfig }: RunDirectory): readonly number[] {
  return processesWith(proxyConfig);
}

function processesWith(word: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => wordsOf(pid).includes(word))
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
