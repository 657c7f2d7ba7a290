/**
 * A server in the Internet that says who asks, and hosts that ask it: that is how a test sees which WAN
 * a connection takes, for each WAN translates to its own address.
 *
 * Always holds: its programs end with the lab.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from '../../../src/lab/lab.ts';
import { status } from '../../../src/observe/status.ts';
import type { Status } from '../../../src/observe/status.ts';
import { until } from '../lab/lab-of-test.ts';

/** Echo's. */
const PORT = 7;

export function inNode(
  lab: Lab,
  node: string,
  argv: readonly string[],
): ChildProcessWithoutNullStreams {
  const [program, ...rest] = lab.command(node, argv);
  return spawn(program, rest);
}

/** By TCP: who asks, then all that is sent; by UDP: who asks. */
export async function serveInternet(lab: Lab): Promise<void> {
  const says = 'SYSTEM:echo $SOCAT_PEERADDR';
  for (const listen of [`TCP4-LISTEN:${PORT}`, `TCP6-LISTEN:${PORT},ipv6only=1`]) {
    inNode(lab, 'server', ['socat', `${listen},fork,reuseaddr`, `${says}; exec cat`]);
  }
  inNode(lab, 'server', ['socat', `UDP4-RECVFROM:${PORT},fork,reuseaddr`, says]);
  const all = new RegExp(`:${PORT} `, 'g');
  const listening = async (): Promise<string> =>
    (await lab.exec('server', ['ss', '-Hltun'])).stdout;
  while ((await listening()).match(all)?.length !== 3) await sleep(50);
}

/** The address as which the Internet sees a new connection from `from`; undefined: none came about. */
export async function seenAs(
  lab: Lab,
  node: string,
  from: string,
  server = '9.9.9.9',
): Promise<string | undefined> {
  const target = from.includes(':') ? `TCP6:[${server}]` : `TCP4:${server}`;
  const local = from.includes(':') ? `[${from}]` : from;
  const ask = ['socat', '-T3', '-', `${target}:${PORT},bind=${local},connect-timeout=3`];
  return plain((await lab.exec(node, ask)).stdout);
}

/** Waits until the Internet sees it so. */
export async function untilSeenAs(
  lab: Lab,
  node: string,
  from: string,
  address: string,
): Promise<void> {
  await until(`${from} is seen as ${address}`, async () => {
    return (await seenAs(lab, node, from)) === address;
  });
}

export async function statusOf(lab: Lab, gateway: string): Promise<Status> {
  const { stdout } = await lab.wamptcp(gateway, ['status', '--json']);
  return status.parse(JSON.parse(stdout));
}

/** One datagram of a flow that always has the same ports; undefined: no answer, or none in time. */
export async function seenByUdp(lab: Lab, node: string, from: string): Promise<string | undefined> {
  const ask = `echo | socat -T2 - UDP4:9.9.9.9:${PORT},bind=${from}:5000`;
  return plain((await lab.exec(node, ['sh', '-c', ask])).stdout);
}

/** The same by as many datagrams as it takes: one may be lost, and its answer may be late. */
export async function answeredByUdp(lab: Lab, node: string, from: string): Promise<string> {
  let seen: string | undefined;
  await until(`UDP from ${from} is answered`, async () => {
    seen = await seenByUdp(lab, node, from);
    return seen !== undefined;
  });
  return seen ?? '';
}

function plain(said: string): string | undefined {
  return /^\[?([^\]\n]+)/.exec(said)?.[1];
}

/** A connection that is kept open. */
export class KeptConnection {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];

  constructor(lab: Lab, node: string, from: string) {
    this.#process = inNode(lab, node, ['socat', '-', `TCP4:9.9.9.9:${PORT},bind=${from}`]);
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.#lines.push(line);
    });
  }

  /** Waits until the server has said who it sees. */
  async opened(): Promise<void> {
    while (this.#lines.length === 0) await sleep(20);
  }

  /** Whether a word comes back; within the patience of a test. */
  async echoes(word: string, patience: number): Promise<boolean> {
    this.#process.stdin.write(`${word}\n`);
    for (const deadline = Date.now() + patience; Date.now() < deadline;) {
      if (this.#lines.includes(word)) return true;
      await sleep(20);
    }
    return false;
  }

  /** Whether the connection has come to an end by the other side's doing. */
  get ended(): boolean {
    return this.#process.exitCode !== null;
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }
}
