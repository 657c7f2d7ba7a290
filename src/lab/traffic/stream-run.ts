/**
 * One message stream between two namespaces, from the caller's side: starts the client, follows
 * whichever end receives, and fulfils `result` with the figures of both ends.
 */

import type { Protocol } from './launch.ts';
import type {
  ConnectedReport,
  Report,
  StreamInterval,
  StreamReceived,
  StreamSent,
} from './report.ts';
import type { Direction } from './request.ts';
import { trafficError } from './traffic-error.ts';
import { startTransfer, type TransferRun, type TransferTarget } from './transfer-run.ts';

export type StreamOptions = TransferTarget & {
  /** The client's. */
  readonly namespace?: string | undefined;
  readonly protocol: Protocol;
  /** Default `download`: the server sends. */
  readonly direction?: Direction;
  /** Messages per second, default 2000. */
  readonly rate?: number;
  /** Bytes of a message, default 1200. */
  readonly size?: number;
  /** Default 10. */
  readonly seconds?: number;
  /** Left out of the figures at the beginning, default 0.5. */
  readonly warmupSeconds?: number;
  /** The client's address, to choose a WAN. */
  readonly from?: string;
  /** File for the raw record of a download; for an upload the server has this option. */
  readonly raw?: string;
  /** Default true: the instrument is scheduled before the load. */
  readonly realtime?: boolean;
};

export type StreamResult = { readonly received: StreamReceived; readonly sent: StreamSent };

export type StreamRun = {
  readonly pid: number;
  /** The client's connection, as soon as there is one; undefined if there never was. */
  readonly connected: Promise<ConnectedReport | undefined>;
  /** The receiving end's reports, each 100 ms: all of them, whenever reading begins. */
  readonly intervals: AsyncIterable<StreamInterval>;
  readonly result: Promise<StreamResult>;
  /** Ends it early; `result` then has the figures so far. */
  readonly stop: () => Promise<void>;
};

export function runStream(options: StreamOptions): StreamRun {
  const { namespace, protocol, direction, realtime = true } = options;
  const { rate, size, seconds, warmupSeconds: warmup, from, raw } = options;
  const run = startTransfer(
    'stream',
    options,
    { direction, rate, size, seconds, warmup, from, raw },
    { namespace, protocol, realtime },
    (reports) => reports.some(isReceived) && reports.some(isSent),
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

async function resultOf(run: TransferRun): Promise<StreamResult> {
  const received = await run.reports.find(isReceived);
  const sent = await run.reports.find(isSent);
  if (received !== undefined && sent !== undefined) return { received, sent };
  throw trafficError('stream', await run.exited, run.reports.items);
}

function isConnected(report: Report): report is ConnectedReport {
  return report.event === 'connected';
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
