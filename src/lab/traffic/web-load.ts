/**
 * Program: loads the web page (`web-page.ts`) from `web-server.ts` as a browser does, over a few
 * persistent connections; reported as JSON lines (`report.ts`).
 *
 *   node web-load.ts ADDRESS:PORT [--connections 6] [--timeout 60] [--from ADDRESS]
 *        [--transfer NAME]
 *
 * An object is asked for when the one that names it is there as a whole. `--timeout` is in seconds
 * and for each object, from then to its last byte: what is not there by then is given up, and so is
 * what it would have named. Started under `mptcpize run` it asks for MPTCP, otherwise for TCP.
 */

import { Agent } from 'node:http';
import { parseArgs } from 'node:util';
import type { Target } from './dial.ts';
import { numberOption, parseTarget, runProgram, UsageError } from './program.ts';
import { print } from './report.ts';
import { WebConnections } from './web-connections.ts';
import { fetchObject, type Fetched, type FetchOptions } from './web-fetch.ts';
import { namedIn, WEB_PAGE, type WebObject } from './web-page.ts';
import { objectReport, webSummary } from './web-summary.ts';

runProgram(async (stop) => {
  const { target, connections, transfer, timeoutMs } = parseCommandLine();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const cpu = process.cpuUsage();
  const watched = new WebConnections(transfer, print);
  const [html] = WEB_PAGE;
  const fetched = await load(html, { target, agent, timeoutMs, stop }, transfer, watched);
  agent.destroy();
  const refused = fetched.find(({ object, error }) => object === html && error !== null);
  if (refused !== undefined && !stop.aborted) throw new Error(`${html.path}: ${refused.error}`);
  print(
    webSummary({
      ...{ transfer, page: WEB_PAGE, fetched, connections: watched.summary() },
      cpu: process.cpuUsage(cpu),
    }),
  );
});

function parseCommandLine(): {
  readonly target: Target;
  readonly connections: number;
  readonly transfer: string;
  readonly timeoutMs: number;
} {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      connections: { type: 'string', default: '6' },
      timeout: { type: 'string', default: '60' },
      transfer: { type: 'string', default: 'web' },
      from: { type: 'string' },
    },
  });
  const connections = numberOption('connections', values.connections) ?? 0;
  if (connections < 1) throw new UsageError('--connections: at least 1');
  return {
    target: { ...parseTarget(positionals[0]), from: values.from },
    connections,
    transfer: values.transfer,
    timeoutMs: (numberOption('timeout', values.timeout) ?? 0) * 1000,
  };
}

/** The object and, if it arrives, all that it names, and so on. */
async function load(
  first: WebObject,
  options: FetchOptions,
  transfer: string,
  connections: WebConnections,
): Promise<Fetched[]> {
  const named = namedIn(WEB_PAGE);
  const fetched: Fetched[] = [];
  const loadFrom = async (object: WebObject): Promise<void> => {
    let connection: number | null = null;
    const one = await fetchObject(object, options, (socket) => {
      connection = connections.numberOf(socket);
    });
    fetched.push(one);
    connections.look();
    print(objectReport(transfer, one, connection));
    if (one.error === null) await Promise.all((named.get(object.path) ?? []).map(loadFrom));
  };
  await loadFrom(first);
  return fetched;
}
