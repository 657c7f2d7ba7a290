/**
 * One bulk transfer between two namespaces, from the caller's side: starts the client, follows
 * whichever end receives, and fulfils `result` with what both ends counted and hashed.
 */

import type { Protocol } from './launch.ts';
import type { BulkInterval, BulkSummary, ConnectedReport, Report } from './report.ts';
import type { Direction } from './request.ts';
import { trafficError } from './traffic-error.ts';
import { startTransfer, type TransferRun, type TransferTarget } from './transfer-run.ts';

export type BulkOptions = TransferTarget & {
  /** The client's. */
  readonly namespace?: string | undefined;
  readonly protocol: Protocol;
  /** Default `download`: the server sends. */
  readonly direction?: Direction;
  /** One of the two ends it; without either, 10 seconds do. */
  readonly bytes?: number;
  readonly seconds?: number;
  /** Parallel connections, default 1. */
  readonly connections?: number;
  /** SHA-256 at both ends; costs processor time. */
  readonly hash?: boolean;
  /** The client's address, to choose a WAN. */
  readonly from?: string;
};

export type BulkResult = {
  /** The receiving end, over all connections. */
  readonly received: BulkSummary;
  /** The sending end: one summary, or one per connection if the server sends. */
  readonly sent: readonly BulkSummary[];
  /** Both ends saw the same data: as many bytes and, if hashed, equal digests. */
  readonly intact: boolean;
};

export type BulkRun = {
  readonly pid: number;
  /** The client's first connection, as soon as there is one; undefined if there never was. */
  readonly connected: Promise<ConnectedReport | undefined>;
  /** The receiving end's reports, each 100 ms: all of them, whenever reading begins. */
  readonly intervals: AsyncIterable<BulkInterval>;
  readonly result: Promise<BulkResult>;
  /** Ends it early; `result` then has what was received so far. */
  readonly stop: () => Promise<void>;
};

export function runBulk(options: BulkOptions): BulkRun {
  const { namespace, protocol, direction = 'download', connections = 1, hash = false } = options;
  const { bytes, seconds, from } = options;
  const senders = direction === 'download' ? connections : 1;
  const run = startTransfer(
    'bulk',
    options,
    { direction, bytes, seconds, connections, from, hash: hash ? true : undefined },
    { namespace, protocol },
    (reports) => reports.some(isReceived) && reports.filter(isSent).length === senders,
  );
  const result = resultOf(run);
  // A caller that only follows the intervals must not be ended by a result it does not read.
  result.catch(() => undefined);
  return {
    pid: run.pid,
    connected: run.reports.find(isConnected),
    intervals: run.reports.only(isInterval),
    result,
    stop: run.stop,
  };
}

async function resultOf(run: TransferRun): Promise<BulkResult> {
  const received = await run.reports.find(isReceived);
  if (received === undefined) {
    throw trafficError('bulk transfer', await run.exited, run.reports.items);
  }
  const sent: BulkSummary[] = [];
  for await (const summary of run.reports.only(isSent)) sent.push(summary);
  return { received, sent, intact: isIntact(received, sent) };
}

/** The server's digests come in the order in which its connections ended, so as sets. */
export function isIntact(received: BulkSummary, sent: readonly BulkSummary[]): boolean {
  const bytes = sent.reduce((sum, part) => sum + part.bytes, 0);
  const digests = sent.flatMap((part) => part.sha256).sort();
  const complete = received.complete && sent.every((part) => part.complete);
  return (
    complete && bytes === received.bytes && digests.join() === [...received.sha256].sort().join()
  );
}

function isConnected(report: Report): report is ConnectedReport {
  return report.event === 'connected';
}

function isInterval(report: Report): report is BulkInterval {
  return report.event === 'interval' && report.kind === 'bulk';
}

function isReceived(report: Report): report is BulkSummary {
  return report.event === 'summary' && report.kind === 'bulk' && report.role === 'receiver';
}

function isSent(report: Report): report is BulkSummary {
  return report.event === 'summary' && report.kind === 'bulk' && report.role === 'sender';
}
