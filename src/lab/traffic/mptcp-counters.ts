/**
 * What the kernel's MPTCP counters tell of a namespace: whether connections there fell back to plain
 * TCP, even those of programs that cannot be asked.
 */
import { readKernelCounters } from './kernel-counters.ts';
import type { KernelCounters } from './kernel-counters.ts';

export async function readMptcpCounters(namespace: string | undefined): Promise<KernelCounters> {
  return await readKernelCounters(namespace, 'MPTcp*');
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
export function mptcpActivity(before: KernelCounters, after: KernelCounters): MptcpActivity {
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
