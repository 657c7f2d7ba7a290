/**
 * The load of a web page between two namespaces, from the caller's side: starts the client, hands on
 * each object as it is there, and fulfils `result` with all of them.
 */

import type { Protocol } from './launch.ts';
import type { ConnectedReport, Report, WebObjectReport, WebSummary } from './report.ts';
import { trafficError } from './traffic-error.ts';
import { startProgram, type TrafficProgram } from './traffic-program.ts';
import { target } from './traffic-server.ts';
import { isConnected, words } from './transfer-run.ts';
import type { WebServer } from './web-server.ts';

export type WebLoadOptions = {
  readonly server: Pick<WebServer, 'port'>;
  /** The server's address, as the client calls it. */
  readonly host: string;
  /** The client's. */
  readonly namespace?: string | undefined;
  readonly protocol: Protocol;
  /** Persistent connections, default 6 as in browsers. */
  readonly connections?: number;
  /** Seconds for each object, from being asked for to its last byte; default 60. */
  readonly timeout?: number;
  /** The client's address, to choose a WAN. */
  readonly from?: string;
};

export type WebLoadResult = {
  readonly summary: WebSummary;
  /** All that were asked for, in the order in which they arrived or were given up. */
  readonly objects: readonly WebObjectReport[];
};

export type WebLoadRun = {
  readonly pid: number;
  /** The first connection, as soon as there is one; undefined if there never was. */
  readonly connected: Promise<ConnectedReport | undefined>;
  /** As they arrive or are given up; all of them, whenever reading begins. */
  readonly objects: AsyncIterable<WebObjectReport>;
  /** Rejected if not even the HTML arrived; objects that fail later are told in theirs. */
  readonly result: Promise<WebLoadResult>;
  /** Ends it early; what is not there by then has failed. */
  readonly stop: () => Promise<void>;
};

export function runWebLoad(options: WebLoadOptions): WebLoadRun {
  const { server, host, namespace, protocol, connections, timeout, from } = options;
  const program = startProgram(
    'web-load',
    [target(host, server.port), ...words({ connections, timeout, from })],
    { namespace, protocol },
  );
  const result = resultOf(program);
  // A caller that only follows the objects must not be ended by a result it does not read.
  result.catch(() => undefined);
  return {
    pid: program.pid,
    connected: program.reports.find(isConnected),
    objects: program.reports.only(isObject),
    result,
    stop: async () => {
      await program.stop();
    },
  };
}

async function resultOf({ reports, exited }: TrafficProgram): Promise<WebLoadResult> {
  const summary = await reports.find(isSummary);
  if (summary === undefined) throw trafficError('web page', await exited, reports.items);
  return { summary, objects: reports.items.filter(isObject) };
}

function isObject(report: Report): report is WebObjectReport {
  return report.event === 'object';
}

function isSummary(report: Report): report is WebSummary {
  return report.event === 'summary' && report.kind === 'web';
}
