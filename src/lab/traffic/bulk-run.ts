/**
 * One bulk transfer between two namespaces, from the caller's side: starts the client, follows
 * whichever end receives, and fulfils `result` with what both ends counted and hashed.
 */

import type { BulkInterval, BulkSummary, Report } from './report.ts';
import { trafficError } from './traffic-error.ts';
import { startTransfer, transferRun } from './transfer-run.ts';
import type { Transfer, TransferOptions, TransferRun } from './transfer-run.ts';

export type BulkOptions = TransferOptions & {
  /** One of the two ends it; without either, 10 seconds do. */
  readonly bytes?: number;
  readonly seconds?: number;
  /** Parallel connections, default 1. */
  readonly connections?: number;
  /** SHA-256 at both ends; costs processor time. */
  readonly hash?: boolean;
};

export type BulkResult = {
  /** The receiving end, over all connections. */
  readonly received: BulkSummary;
  /** The sending end: one summary, or one per connection if the server sends. */
  readonly sent: readonly BulkSummary[];
  /** Both ends saw the same data: as many bytes and, if hashed, equal digests. */
  readonly intact: boolean;
};

export type BulkRun = TransferRun<BulkInterval, BulkResult>;

export function runBulk(options: BulkOptions): BulkRun {
  const { direction = 'download', bytes, seconds, connections = 1, hash = false } = options;
  const senders = direction === 'download' ? connections : 1;
  const transfer = startTransfer(
    'bulk',
    options,
    { bytes, seconds, connections, hash: hash ? true : undefined },
    (reports) => reports.some(isReceived) && reports.filter(isSent).length === senders,
  );
  return transferRun(transfer, isInterval, resultOf(transfer));
}

async function resultOf(transfer: Transfer): Promise<BulkResult> {
  const received = await transfer.reports.find(isReceived);
  if (received === undefined) {
    throw trafficError('bulk transfer', await transfer.exited, transfer.reports.items);
  }
  const sent: BulkSummary[] = [];
  for await (const summary of transfer.reports.only(isSent)) sent.push(summary);
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

function isInterval(report: Report): report is BulkInterval {
  return report.event === 'interval' && report.kind === 'bulk';
}

function isReceived(report: Report): report is BulkSummary {
  return report.event === 'summary' && report.kind === 'bulk' && report.role === 'receiver';
}

function isSent(report: Report): report is BulkSummary {
  return report.event === 'summary' && report.kind === 'bulk' && report.role === 'sender';
}
