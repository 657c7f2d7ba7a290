/**
 * Starts a program in a network namespace and gives its standard output line by line.
 *
 * Always: the program dies with the process that started it, even if that is killed (`setpriv
 * --pdeathsig`; setpriv, ip and mptcpize all exec, so it keeps its process id and takes signals
 * itself). The kernel counts the death of the starting *thread*: launch from the main one.
 *
 * MPTCP is asked for by `mptcpize run`, which replaces socket(2) underneath any program: libuv and
 * iperf3 then make MPTCP sockets as they make TCP sockets, for both address families, listening or
 * connecting, without a line of ours in between.
 */

import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { WamptcpError } from '../../lib/errors.ts';
import { Feed } from './feed.ts';
import { inNamespace, type Command } from './namespace-command.ts';

export type Protocol = 'mptcp' | 'tcp';

export type Launch = {
  /** The namespace's name; absent, the current one. */
  readonly namespace?: string | undefined;
  readonly command: Command;
  /** Which sockets the program gets when it asks for TCP. */
  readonly protocol?: Protocol;
  /** Scheduled before all ordinary processes, for instruments that use little of the processor. */
  readonly realtime?: boolean;
};

export type Exit = {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** What it said on standard error, the last 4 KiB. */
  readonly stderr: string;
};

export type Child = {
  readonly pid: number;
  readonly lines: Feed<string>;
  /** Fulfilled when it ended, however that came. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, after two seconds SIGKILL; fulfilled when it ended. Harmless if it has. */
  readonly stop: () => Promise<Exit>;
};

const KILL_AFTER_MS = 2000;
const STDERR_BYTES = 4096;

export function launch(options: Launch): Child {
  const [file, ...args] = commandLine(options);
  const subprocess = execa(file, args, {
    stdin: 'ignore',
    reject: false,
    buffer: false,
    forceKillAfterDelay: KILL_AFTER_MS,
  });
  const { pid } = subprocess;
  if (pid === undefined) {
    throw new WamptcpError('PROGRAM_NOT_STARTED', `cannot start ${file}`, {
      advice: 'Install util-linux and iproute2: make setup does.',
    });
  }
  const lines = new Feed<string>();
  const reader = createInterface({ input: subprocess.stdout, crlfDelay: Infinity });
  reader.on('line', (line) => lines.push(line));
  reader.once('close', () => lines.end());
  let stderr = '';
  subprocess.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_BYTES);
  });
  const exited = subprocess.then((result): Exit => {
    return { code: result.exitCode, signal: result.signal, stderr };
  });
  const stop = (): Promise<Exit> => {
    subprocess.kill('SIGTERM');
    return exited;
  };
  return { pid, lines, exited, stop };
}

/** The words that `launch` executes. */
export function commandLine(options: Launch): Command {
  const { namespace, command, protocol = 'tcp', realtime = false } = options;
  const asked: Command = protocol === 'mptcp' ? ['mptcpize', 'run', ...command] : command;
  const scheduled: Command = realtime ? ['chrt', '--rr', '10', ...asked] : asked;
  return ['setpriv', '--pdeathsig', 'KILL', ...inNamespace(namespace, scheduled)];
}
