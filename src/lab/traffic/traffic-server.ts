/** `serve.ts` in a namespace: the far end of any number of streams and bulk transfers. */

import type { Feed } from './feed.ts';
import type { Protocol } from './launch.ts';
import type { ListeningReport, Report } from './report.ts';
import { trafficError } from './traffic-error.ts';
import { startProgram } from './traffic-program.ts';

export type ServerOptions = {
  readonly namespace?: string | undefined;
  /** `mptcp` serves TCP clients as well. */
  readonly protocol: Protocol;
  /** Absent: all addresses, IPv4 and IPv6. */
  readonly listen?: string;
  /** Absent: the kernel chooses. */
  readonly port?: number;
  /** Where the raw record of an uploaded stream goes. */
  readonly raw?: string;
  /** For streams only: bulk transfers would starve everything else. */
  readonly realtime?: boolean;
};

export type TrafficServer = {
  readonly port: number;
  readonly pid: number;
  readonly reports: Feed<Report>;
  readonly stop: () => Promise<void>;
};

/** Fulfilled when it listens. */
export async function startServer(options: ServerOptions): Promise<TrafficServer> {
  const { namespace, protocol, listen, port = 0, raw, realtime = false } = options;
  const program = startProgram(
    'serve',
    [
      ...['--port', String(port)],
      ...(listen === undefined ? [] : ['--listen', listen]),
      ...(raw === undefined ? [] : ['--raw', raw]),
    ],
    { namespace, protocol, realtime },
  );
  const listening = await program.reports.find(
    (report): report is ListeningReport => report.event === 'listening',
  );
  if (listening === undefined) {
    throw trafficError('traffic server', await program.exited, program.reports.items);
  }
  return {
    port: listening.port,
    pid: program.pid,
    reports: program.reports,
    stop: async () => {
      await program.stop();
    },
  };
}

/** `host:port` as the programs take it. */
export function target(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
