/**
 * One message stream between two namespaces, from the caller's side: starts the client, follows
 * whichever end receives, and fulfils `result` with the figures of both ends.
 */

import type { Report, StreamInterval, StreamReceived, StreamSent } from './report.ts';
import { trafficError } from './traffic-error.ts';
import { startTransfer, transferRun } from './transfer-run.ts';
import type { Transfer, TransferOptions, TransferRun } from './transfer-run.ts';

export type StreamOptions = TransferOptions & {
  /** Messages per second, default 2000. */
  readonly rate?: number;
  /** Bytes of a message, default 1200. */
  readonly size?: number;
  /** Default 10. */
  readonly seconds?: number;
  /** Left out of the figures at the beginning, default 0.5. */
  readonly warmupSeconds?: number;
  /** File for the raw record of a download; for an upload the server has this option. */
  readonly raw?: string;
  /** Default true: the instrument is scheduled before the load. */
  readonly realtime?: boolean;
};

export type StreamResult = { readonly received: StreamReceived; readonly sent: StreamSent };

export type StreamRun = TransferRun<StreamInterval, StreamResult>;

export function runStream(options: StreamOptions): StreamRun {
  const { rate, size, seconds, warmupSeconds: warmup, raw, realtime = true } = options;
  const transfer = startTransfer(
    'stream',
    { ...options, realtime },
    { rate, size, seconds, warmup, raw },
    (reports) => reports.some(isReceived) && reports.some(isSent),
  );
  return transferRun(transfer, isInterval, resultOf(transfer));
}

async function resultOf(transfer: Transfer): Promise<StreamResult> {
  const received = await transfer.reports.find(isReceived);
  const sent = await transfer.reports.find(isSent);
  if (received !== undefined && sent !== undefined) return { received, sent };
  throw trafficError('stream', await transfer.exited, transfer.reports.items);
}

function isInterval(report: Report): report is StreamInterval {
  return report.event === 'interval' && report.kind === 'stream';
}

function isReceived(report: Report): report is StreamReceived {
  return report.event === 'summary' && report.kind === 'stream' && report.role === 'receiver';
}

function isSent(report: Report): report is StreamSent {
  return report.event === 'summary' && report.kind === 'stream' && report.role === 'sender';
}
