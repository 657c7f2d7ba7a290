/**
 * What running a stream and running a bulk transfer have in common: the client is started, and the
 * reports of both ends about this one transfer become one feed. It ends when both ends have said
 * how it went, or soon after the client ended.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Feed } from './feed.ts';
import type { Exit, Launch } from './launch.ts';
import type { Report } from './report.ts';
import { startProgram } from './traffic-program.ts';
import { target, type TrafficServer } from './traffic-server.ts';

/** How long the server may need to notice that the client is done. */
const SERVER_GRACE_MS = 3000;

export type TransferRun = {
  readonly pid: number;
  readonly reports: Feed<Report>;
  readonly exited: Promise<Exit>;
  readonly stop: () => Promise<void>;
};

export type TransferTarget = { readonly server: TrafficServer; readonly host: string };

/** Options of a program, by name; an absent value leaves the program's default. */
export type ProgramOptions = Readonly<Record<string, string | number | true | undefined>>;

export function startTransfer(
  name: 'stream' | 'bulk',
  { server, host }: TransferTarget,
  options: ProgramOptions,
  where: Omit<Launch, 'command'>,
  isOver: (reports: readonly Report[]) => boolean,
): TransferRun {
  const transfer = randomUUID();
  const program = startProgram(
    name,
    [target(host, server.port), ...words({ ...options, transfer })],
    where,
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

function words(options: ProgramOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}
