/**
 * Reads what an outage did to a connection: from captures, and from the kernel of the end that sends.
 *
 * Always holds: an outage that took nothing of the connection is no result.
 */
import type { Testbed } from '../../lab/mechanism/mechanism.ts';
import { readKernelCounters } from '../../lab/traffic/kernel-counters.ts';
import type { ConnectedReport } from '../../lab/traffic/report.ts';
import type { Analysis } from '../../measure/figures.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import type { OutageParameters, OutageResult } from './outage.ts';

/** Names of kernel counters. */
const NEEDLESS = 'TcpExtTCPDSACKRecv';
const STALE = 'MPTcpExtSubflowStale';

type SenderCounts = Pick<OutageResult, 'needlessSegments' | 'staleSubflows'>;

/** Of the end that sends, from now on. */
export async function senderCounts({
  lab,
  capture,
}: Testbed): Promise<{ since(): Promise<SenderCounts> }> {
  const read = async () =>
    await readKernelCounters(lab.namespace(capture.sender.node), NEEDLESS, STALE);
  const before = await read();
  return {
    since: async () => {
      const after = await read();
      const grown = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
      return { needlessSegments: grown(NEEDLESS), staleSubflows: grown(STALE) };
    },
  };
}

/** Its share of the lines that are left; beside rivals nobody knows. */
export function leftOf(
  { mechanism: name, competing }: OutageParameters,
  { lines }: Testbed,
): { readonly left?: number } {
  if (competing > 0) return {};
  return { left: ONE_LINE_AT_A_TIME.includes(name) ? 1 : 1 - 1 / lines.length };
}

/** The connection itself, where a rival may carry more; a rival is plain TCP. */
export function flowOf(
  { protocol }: Testbed,
  competing: number,
  connected: ConnectedReport | undefined,
): { readonly flow?: string } {
  if (competing === 0) return {};
  if (protocol === 'mptcp') return { flow: 'mptcp' };
  return { flow: /:\d+$/.exec(connected?.local ?? '')?.[0] ?? '' };
}

/** An outage that took nothing was none: the line that was cut carried nothing at that moment. */
export function requireLoss({ measurement }: Analysis, dead: number): void {
  if (dead > 0 && measurement.outage?.latencyFailure.lostBytes === 0) {
    throw new NothingCut('the line that was cut carried nothing of the connection');
  }
}

export class NothingCut extends Error {
  override readonly name = 'NothingCut';
}

export function figuresOf({
  measurement,
}: Analysis): Omit<
  OutageResult,
  'messageDelayMs' | 'needlessSegments' | 'staleSubflows' | 'rates' | 'healedAt'
> {
  const { outage: found } = measurement;
  return {
    throughputFailure: found?.throughputFailure.ms ?? null,
    throughputRecovery: found?.throughputRecovery?.ms ?? null,
    latencyFailure: found?.latencyFailure.ms ?? null,
    latencyRecovery: found?.latencyRecovery?.ms ?? null,
    lostBytes: found?.latencyFailure.lostBytes ?? null,
    method: found?.latencyFailure.method ?? 'none',
    goodput: {
      before: found?.throughputRecovery?.referenceMbps ?? null,
      during: found?.throughputFailure.referenceMbps ?? null,
    },
    longestPauseMs: measurement.longestPause?.ms ?? null,
    reinjectedBytes: measurement.reinjectedBytes,
    retransmittedBytes: measurement.retransmittedBytes,
  };
}
