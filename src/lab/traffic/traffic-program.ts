/**
 * Starts one of the programs of this folder and parses what it prints. They run under the Node that
 * runs the caller, with a young generation so large and without V8's spontaneous collections that
 * a stream of ten seconds sees none (measured; otherwise one of 5–8 ms a second after the start).
 */

import { fileURLToPath } from 'node:url';
import { Feed } from './feed.ts';
import { launch, type Exit, type Launch } from './launch.ts';
import { parseReport, type Report } from './report.ts';

export type TrafficProgram = {
  readonly pid: number;
  readonly reports: Feed<Report>;
  readonly exited: Promise<Exit>;
  readonly stop: () => Promise<Exit>;
};

const NODE_OPTIONS = [
  '--max-semi-space-size=32',
  '--min-semi-space-size=32',
  '--no-memory-reducer',
  '--no-minor-gc-task',
  '--disable-warning=ExperimentalWarning',
];

export function startProgram(
  name: 'serve' | 'stream' | 'bulk' | 'transactions' | 'web-load',
  args: readonly string[],
  options: Omit<Launch, 'command'>,
): TrafficProgram {
  const program = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = launch({
    ...options,
    command: [process.execPath, ...NODE_OPTIONS, program, ...args],
  });
  const reports = new Feed<Report>();
  void (async () => {
    for await (const line of child.lines) {
      const report = parseReport(line);
      if (report !== undefined) reports.push(report);
    }
    reports.end();
  })();
  return { pid: child.pid, reports, exited: child.exited, stop: child.stop };
}
