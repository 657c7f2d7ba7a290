/**
 * Top speed by iperf3, between two namespaces: a server for one test, a client, and the kernel's
 * word on whether it was MPTCP all the way.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { WamptcpError } from '../../lib/errors.ts';
import { parseIperf3, type Iperf3Report } from './iperf3-report.ts';
import { launch, type Child, type Protocol } from './launch.ts';
import { mptcpActivity, readMptcpCounters, type MptcpActivity } from './mptcp-counters.ts';
import type { Command } from './namespace-command.ts';
import type { Direction } from './request.ts';

export type Iperf3Options = {
  readonly clientNamespace?: string | undefined;
  readonly serverNamespace?: string | undefined;
  /** The server's address. */
  readonly host: string;
  /** Default 5201. */
  readonly port?: number;
  readonly protocol: Protocol;
  /** Default `download`: the server sends. */
  readonly direction?: Direction;
  /** Default 10. */
  readonly seconds?: number;
  /** Before these seconds, and left out of the totals: slow start. Default 1. */
  readonly omitSeconds?: number;
  /** Parallel connections, default 1. */
  readonly connections?: number;
  /** The client's address, to choose a WAN. */
  readonly from?: string;
  /** The sender's congestion control; default: the namespace's. */
  readonly congestion?: string;
  /** Bits per second of each connection; default: as fast as it can. */
  readonly rate?: number;
};

export type Iperf3Result = Iperf3Report & {
  /** Everything that was to be MPTCP was. For plain TCP false. */
  readonly mptcp: boolean;
  /** In the client's namespace, during the test. */
  readonly activity: MptcpActivity;
};

const DEFAULT_PORT = 5201;
const DEFAULT_SECONDS = 10;
const DEFAULT_OMIT = 1;
/** Beyond its planned end; a connection that stalls this long is broken. */
const GRACE_MS = 20_000;

/** Never rejects because a test failed: see `error` in the result. Throws if it cannot start. */
export async function runIperf3(options: Iperf3Options): Promise<Iperf3Result> {
  const { clientNamespace, serverNamespace, protocol } = options;
  const port = options.port ?? DEFAULT_PORT;
  const server = launch({
    namespace: serverNamespace,
    protocol,
    command: ['iperf3', '--server', '--one-off', '--forceflush', '--port', String(port)],
  });
  try {
    await listening(server);
    const before = await readMptcpCounters(clientNamespace);
    const client = launch({
      namespace: clientNamespace,
      protocol,
      command: clientCommand(options),
    });
    const text = await output(client, options);
    const activity = mptcpActivity(before, await readMptcpCounters(clientNamespace));
    const mptcp = protocol === 'mptcp' && activity.connections > 0 && activity.fallbacks === 0;
    return { ...parseIperf3(text, options.omitSeconds ?? DEFAULT_OMIT), mptcp, activity };
  } finally {
    await server.stop();
  }
}

/** The client's words, for the options given. */
export function clientCommand(options: Iperf3Options): Command {
  const { host, port = DEFAULT_PORT, connections = 1 } = options;
  const { direction = 'download', from, congestion, rate } = options;
  return [
    'iperf3',
    ...['--client', host, '--port', String(port), '--json', '--interval', '0.1'],
    ...['--time', String(totalSeconds(options)), '--parallel', String(connections)],
    // An upload's samples come from the server, which alone knows what arrived.
    direction === 'download' ? '--reverse' : '--get-server-output',
    ...(from === undefined ? [] : ['--bind', from]),
    ...(congestion === undefined ? [] : ['--congestion', congestion]),
    ...(rate === undefined ? [] : ['--bitrate', String(rate)]),
  ];
}

function totalSeconds({ seconds, omitSeconds }: Iperf3Options): number {
  return Math.ceil((seconds ?? DEFAULT_SECONDS) + (omitSeconds ?? DEFAULT_OMIT));
}

async function listening(server: Child): Promise<void> {
  for await (const line of server.lines) if (line.includes('listening')) return;
  const { stderr } = await server.exited;
  throw new WamptcpError('IPERF3_NOT_STARTED', `iperf3 server: ${stderr.trim() || 'ended'}`, {
    advice: 'Install iperf3 and mptcpize, and see that nothing else listens on its port.',
  });
}

/** All it prints. Stopped when it takes too long: it then prints what it has. */
async function output(client: Child, options: Iperf3Options): Promise<string> {
  const over = new AbortController();
  const late = sleep(totalSeconds(options) * 1000 + GRACE_MS, undefined, {
    signal: over.signal,
  }).then(
    () => client.stop(),
    () => undefined,
  );
  const lines: string[] = [];
  for await (const line of client.lines) lines.push(line);
  over.abort();
  await Promise.all([client.exited, late]);
  return lines.join('\n');
}
