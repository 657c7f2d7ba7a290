/**
 * The kernel's network counters of a namespace, by `nstat`. They count from the namespace's birth; take
 * the difference of two readings.
 */
import { execa } from 'execa';
import { z } from 'zod';

import { inNamespace } from './namespace-command.ts';

/** Names as nstat prints them, `MPTcpExtMPJoinSynAckRx` for one. */
export type KernelCounters = Readonly<Record<string, number>>;

const nstatOutput = z.object({ kernel: z.record(z.string(), z.number()) });

/** @param patterns of names, with `*` */
export async function readKernelCounters(
  namespace: string | undefined,
  ...patterns: readonly string[]
): Promise<KernelCounters> {
  const [file, ...args] = inNamespace(namespace, [
    'nstat',
    ...['--json', '--zeros', '--ignore', '--noupdate', ...patterns],
  ]);
  const { stdout } = await execa(file, args);
  return parseKernelCounters(stdout);
}

export function parseKernelCounters(json: string): KernelCounters {
  return nstatOutput.parse(JSON.parse(json)).kernel;
}
