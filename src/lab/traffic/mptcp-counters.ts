/**
 * The kernel's MPTCP counters of a namespace, by `nstat`: whether connections there fell back to
 * plain TCP, even those of programs that cannot be asked. They count from the namespace's birth;
 * take the difference of two readings.
 */

import { execa } from 'execa';
import { z } from 'zod';
import { inNamespace } from './namespace-command.ts';

/** Names as nstat prints them, `MPTcpExtMPJoinSynAckRx` for one. */
export type MptcpCounters = Readonly<Record<string, number>>;

const nstatOutput = z.object({ kernel: z.record(z.string(), z.number()) });

export async function readMptcpCounters(namespace: string | undefined): Promise<MptcpCounters> {
  const [file, ...args] = inNamespace(namespace, [
    'nstat',
    ...['--json', '--zeros', '--ignore', '--noupdate', 'MPTcp*'],
  ]);
  const { stdout } = await execa(file, args);
  return parseMptcpCounters(stdout);
}

export function parseMptcpCounters(json: string): MptcpCounters {
  return nstatOutput.parse(JSON.parse(json)).kernel;
}

export type MptcpActivity = {
  /** Connections that became MPTCP, begun here or accepted here. */
  readonly connections: number;
  /** Further subflows that joined. */
  readonly joins: number;
  /** Signs that connections that were to be MPTCP became plain TCP; one may show more than once. */
  readonly fallbacks: number;
};

/** What happened between two readings. */
export function mptcpActivity(before: MptcpCounters, after: MptcpCounters): MptcpActivity {
  const grown = (...names: string[]): number =>
    names.reduce((sum, name) => sum + (after[name] ?? 0) - (before[name] ?? 0), 0);
  return {
    connections: grown('MPTcpExtMPCapableSYNACKRX', 'MPTcpExtMPCapableACKRX'),
    joins: grown('MPTcpExtMPJoinSynAckRx', 'MPTcpExtMPJoinAckRx'),
    fallbacks: grown(
      'MPTcpExtMPCapableFallbackACK',
      'MPTcpExtMPCapableFallbackSYNACK',
      'MPTcpExtMPFallbackTokenInit',
      'MPTcpExtMPCapableSYNTXDrop',
      'MPTcpExtMPCapableSYNTXDisabled',
      'MPTcpExtMPCapableDataFallback',
      'MPTcpExtDSSCorruptionFallback',
      'MPTcpExtInfiniteMapTx',
      'MPTcpExtInfiniteMapRx',
      'MPTcpExtMD5SigFallback',
      'MPTcpExtDssFallback',
      'MPTcpExtSimultConnectFallback',
    ),
  };
}
