/**
 * What running a stream, a bulk transfer or transactions has in common: the client is started, and the
 * reports of both ends about this one transfer become one feed. It ends when both ends have said
 * how it went, or soon after the client ended. The caller sees of it what a `TransferRun` has.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Feed } from './feed.ts';
import type { Exit, Protocol } from './launch.ts';
import type { ConnectedReport, Report } from './report.ts';
import type { Direction } from './request.ts';
import { startProgram } from './traffic-program.ts';
import { target, type TrafficServer } from './traffic-server.ts';

/** How long the server may need to notice that the client is done. */
const SERVER_GRACE_MS = 3000;

export type TransferOptions = {
  readonly server: TrafficServer;
  /** The server's address, as the client calls it. */
  readonly host: string;
  /** The client's. */
  readonly namespace?: string | undefined;
  readonly protocol: Protocol;
  /** Default `download`: the server sends. */
  readonly direction?: Direction;
  /** The client's address, to choose a WAN. */
  readonly from?: string;
};

export type TransferRun<Interval, Result> = {
  readonly pid: number;
  /** The client's first connection, as soon as there is one; undefined if there never was. */
  readonly connected: Promise<ConnectedReport | undefined>;
  /** The receiving end's reports, each 100 ms: all of them, whenever reading begins. */
  readonly intervals: AsyncIterable<Interval>;
  readonly result: Promise<Result>;
  /** Ends it early; `result` then has what there was so far. */
  readonly stop: () => Promise<void>;
};

/** A transfer under way, as the one who makes a `TransferRun` of it sees it. */
export type Transfer = {
  readonly pid: number;
  readonly reports: Feed<Report>;
  readonly exited: Promise<Exit>;
  readonly stop: () => Promise<void>;
};

/** Options of a program, by name; an absent value leaves the program's default. */
export type ProgramOptions = Readonly<Record<string, string | number | true | undefined>>;

export function startTransfer(
  name: 'stream' | 'bulk' | 'transactions',
  options: TransferOptions & { readonly realtime?: boolean },
  own: ProgramOptions,
  isOver: (reports: readonly Report[]) => boolean,
): Transfer {
  const { server, host, namespace, protocol, direction, from, realtime = false } = options;
  const transfer = randomUUID();
  const program = startProgram(
    name,
    [target(host, server.port), ...words({ ...own, direction, from, transfer })],
    { namespace, protocol, realtime },
  );
  const reports = new Feed<Report>();
  const add = (report: Report): void => {
    if (isOver(reports.items)) return;
    reports.push(report);
    if (isOver(reports.items)) reports.end();
  };
  const follow = async (source: Feed<Report>, all: boolean): Promise<void> => {
    for await (const report of source) {
      const ours = 'transfer' in report && report.transfer === transfer;
      if (ours || all) add(report);
      if (reports.ended) return;
    }
  };
  void follow(server.reports, false);
  void follow(program.reports, true);
  void program.exited.then(async ({ code }) => {
    // A client that failed has nothing to be waited for.
    if (code === 0) await sleep(SERVER_GRACE_MS, undefined, { ref: false });
    reports.end();
  });
  return {
    pid: program.pid,
    reports,
    exited: program.exited,
    stop: async () => {
      await program.stop();
    },
  };
}

export function transferRun<Interval extends Report, Result>(
  { pid, reports, stop }: Transfer,
  isInterval: (report: Report) => report is Interval,
  result: Promise<Result>,
): TransferRun<Interval, Result> {
  // A caller that only follows the intervals must not be ended by a result it does not read.
  result.catch(() => undefined);
  return {
    pid,
    connected: reports.find(isConnected),
    intervals: reports.only(isInterval),
    result,
    stop,
  };
}

export function isConnected(report: Report): report is ConnectedReport {
  return report.event === 'connected';
}

/** As the command line has them. */
export function words(options: ProgramOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}
