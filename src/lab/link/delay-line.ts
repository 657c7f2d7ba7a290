/**
 * The delay line as its users see it: delay, jitter and loss for lines, where the kernel has no netem.
 *
 * How it works: rules in a line's namespace send what the line forwards into two netfilter queues
 * (up and down). A process of its own (see delay-process.ts for why) receives only a note about each
 * packet, never the packet, and answers with a verdict when its time has come; see DESIGN number 14.
 *
 * Measured on two cores, TCP, 20 ms: round trips 20.2 to 20.6 ms idle and loaded; 13 % of a core at
 * 100 Mb/s, 19 % at 1 Gb/s, 48 % for 4.6 Gb/s on five lines. Loss is decided packet by packet, so
 * bundles are split: 21 % at 100 Mb/s, and the thread is full at about 75 000 packets/s (0.8 Gb/s),
 * beyond which packets wait for it. With two lines of 100 Mb/s full both ways one pass took up to 20 ms now and
 * then, since the kernel forwards the packets, and whatever follows, inside the thread's calls: BFD at 10 ms
 * has false alarms by that.
 *
 * Always: one process serves all lines of a lab through one unix socket, and whoever comes later
 * with the same socket path speaks to the same process. Every request is complete and may be
 * repeated. When the process is gone, lines pass packets without delay; `attach` starts it again.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WamptcpError } from '../../lib/errors.ts';
import type { DelayAnswer, DelayRequest, DelayStatistics } from './delay-protocol.ts';
import type { Direction } from './direction.ts';
import type { Delaying } from './held-packets.ts';

const START_MS = 10_000;

type Success = Extract<DelayAnswer, { ok: true }>;

export class DelayLine {
  readonly #socketPath: string;
  #connection: Socket | undefined;
  readonly #waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Takes the queues of a line; true if it had not got them yet. Starts the process if need be. */
  async attach(namespace: string): Promise<boolean> {
    await this.#start();
    return (await this.#ask({ do: 'attach', namespace })).attached === true;
  }

  async set(namespace: string, direction: Direction, how: Delaying): Promise<void> {
    await this.#ask({ do: 'set', namespace, direction, how });
  }

  /** Lets go of a line: what is held is lost. Nothing to do if the process is not there. */
  async detach(namespace: string): Promise<void> {
    if (await this.#isThere()) await this.#ask({ do: 'detach', namespace });
  }

  /** Undefined when the process is not there. */
  async statistics(): Promise<DelayStatistics | undefined> {
    if (!(await this.#isThere())) return undefined;
    return (await this.#ask({ do: 'statistics' })).statistics;
  }

  /** Ends the process, if it is there. */
  async stop(): Promise<void> {
    if (await this.#isThere()) await this.#ask({ do: 'stop' });
    this.close();
  }

  /** Hangs up; the process and the lines stay as they are. */
  close(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #ask(request: DelayRequest): Promise<Success> {
    const connection = this.#connection ?? (await this.#connect());
    // Only a question under way keeps a command from ending, not the open connection.
    connection.ref();
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      connection.write(`${JSON.stringify(request)}\n`);
    }).finally(() => {
      if (this.#waiting.length === 0) connection.unref();
    });
    const answer = JSON.parse(line) as DelayAnswer;
    if (answer.ok) return answer;
    throw new WamptcpError(answer.code, answer.message, { advice: answer.advice });
  }

  async #isThere(): Promise<boolean> {
    if (this.#connection !== undefined) return true;
    return this.#connect().then(
      () => true,
      () => false,
    );
  }

  async #connect(): Promise<Socket> {
    const connection = connect(this.#socketPath);
    await new Promise<void>((resolve, reject) => {
      connection.once('connect', resolve);
      connection.once('error', (cause) => {
        reject(
          new WamptcpError('LAB_NO_DELAY_LINE', 'The delay line does not run.', {
            cause,
            advice: `Lines pass packets undelayed until they are attached again; its log is ${this.#log}.`,
          }),
        );
      });
    });
    connection.on('error', () => connection.destroy());
    connection.on('close', () => {
      if (this.#connection === connection) this.#connection = undefined;
      for (const { reject } of this.#waiting.splice(0)) {
        reject(
          new WamptcpError('LAB_NO_DELAY_LINE', 'The delay line ended before it answered.', {
            advice: `Look at its log, ${this.#log}.`,
          }),
        );
      }
    });
    const lines = createInterface({ input: connection });
    // It says again what the connection said; who waits hears of it by the connection's end.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      this.#waiting.shift()?.resolve(line);
    });
    this.#connection = connection;
    return connection;
  }

  async #start(): Promise<void> {
    if (await this.#isThere()) return;
    mkdirSync(dirname(this.#socketPath), { recursive: true });
    const log = openSync(this.#log, 'w');
    const program = new URL(
      import.meta.url.endsWith('.ts') ? './delay-process.ts' : './delay-process.js',
      import.meta.url,
    );
    const child = spawn(process.execPath, [program.pathname, this.#socketPath], {
      // A session of its own: Ctrl-C at the terminal is not for the lab's lines.
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    });
    closeSync(log);
    child.unref();
    let over: string | undefined;
    child.once('error', (error) => (over = String(error)));
    child.once('exit', (code, signal) => (over = `it ended with ${code ?? signal ?? 'nothing'}`));
    const deadline = Date.now() + START_MS;
    while (!(await this.#isThere())) {
      if (over === undefined && Date.now() < deadline) {
        await sleep(10);
        continue;
      }
      const why = over ?? `it did not answer within ${START_MS / 1000} s`;
      throw new WamptcpError('LAB_DELAY_START', `The delay line did not start: ${why}.`, {
        cause: new Error(readFileSync(this.#log, 'utf8').slice(-2000)),
        advice: `It needs root and the npm package koffi. Its log is ${this.#log}.`,
      });
    }
  }

  get #log(): string {
    return `${this.#socketPath}.log`;
  }
}
