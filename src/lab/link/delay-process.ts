/**
 * The delay line's process, one per lab: `node delay-process.ts SOCKET`.
 *
 * It is a process of its own, and not a thread of whoever builds the lab, because a lab outlives
 * the command that built it, and because its end then takes nothing else along: the kernel drops the
 * queues with the socket, and the rules say bypass, so lines go on without delay.
 * Inside, this thread answers the control socket and a worker thread forwards packets, so that
 * neither JSON nor Node's event loop ever stands between a packet and its time.
 *
 * Always: requests of one connection are answered in order, each on its own line. A namespace that
 * is deleted is let go at once: an open netlink socket would keep it, and both ends of its cables,
 * alive. When the last namespace is gone and nobody has asked for a while, the process ends.
 */
import { existsSync, mkdirSync, rmSync, watch, writeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { MessageChannel, Worker } from 'node:worker_threads';
import { failureAnswer, type DelayAnswer, type DelayRequest } from './delay-protocol.ts';
import { EFD_NONBLOCK_CLOEXEC, libc } from './libc.ts';
import { NAMESPACE_DIRECTORY } from './nfqueue-socket.ts';

const IDLE_MS = 60_000;
const LOOK_MS = 5_000;

class DelayProcess {
  readonly #socketPath: string;
  readonly #wakeup = libc.eventfd(0, EFD_NONBLOCK_CLOEXEC);
  readonly #channel = new MessageChannel();
  readonly #waiting: ((answer: DelayAnswer) => void)[] = [];
  readonly #attached = new Set<string>();
  readonly #server: Server;
  #lastAsked = Date.now();

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#startWorker();
    mkdirSync(NAMESPACE_DIRECTORY, { recursive: true });
    watch(NAMESPACE_DIRECTORY, () => this.#letGoOfDeleted());
    setInterval(() => this.#letGoOfDeleted(), LOOK_MS);
    mkdirSync(dirname(socketPath), { recursive: true });
    // Only a file nobody listens on: who starts us has tried to connect first.
    rmSync(socketPath, { force: true });
    this.#server = createServer((connection) => this.#answerLines(connection));
    this.#server.listen(socketPath);
    process.once('SIGTERM', () => void this.#stop());
    process.once('SIGINT', () => void this.#stop());
  }

  #startWorker(): void {
    const { port1, port2 } = this.#channel;
    // Bundled, this file and its worker are .js; from source, both are .ts.
    const name = import.meta.url.endsWith('.ts') ? './delay-worker.ts' : './delay-worker.js';
    const worker = new Worker(new URL(name, import.meta.url), {
      workerData: { wakeup: this.#wakeup, port: port2 },
      transferList: [port2],
    });
    worker.once('error', (error) => {
      writeSync(2, `the packet thread ended: ${String(error)}\n`);
      process.exit(1);
    });
    port1.on('message', (answer: DelayAnswer) => this.#waiting.shift()?.(answer));
  }

  #ask(request: DelayRequest): Promise<DelayAnswer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#channel.port1.postMessage(request);
      writeSync(this.#wakeup, BigUint64Array.of(1n));
    });
  }

  #answerLines(connection: Socket): void {
    // A peer that goes away in the middle is its own business.
    connection.on('error', () => connection.destroy());
    let last = Promise.resolve();
    const lines = createInterface({ input: connection });
    // It says again what the connection said, and would end the process.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      last = last.then(async () => {
        const answer = await this.#perform(line).catch(failureAnswer);
        connection.write(`${JSON.stringify(answer)}\n`);
      });
    });
  }

  async #perform(line: string): Promise<DelayAnswer> {
    const request = JSON.parse(line) as DelayRequest;
    this.#lastAsked = Date.now();
    if (request.do === 'stop') return this.#stop();
    const answer = await this.#ask(request);
    if (answer.ok && request.do === 'attach') this.#attached.add(request.namespace);
    if (answer.ok && request.do === 'detach') this.#attached.delete(request.namespace);
    return answer;
  }

  #letGoOfDeleted(): void {
    for (const namespace of this.#attached) {
      if (existsSync(`${NAMESPACE_DIRECTORY}/${namespace}`)) continue;
      this.#attached.delete(namespace);
      void this.#ask({ do: 'detach', namespace });
    }
    if (this.#attached.size === 0 && Date.now() - this.#lastAsked > IDLE_MS) void this.#stop();
  }

  async #stop(): Promise<DelayAnswer> {
    this.#server.close();
    rmSync(this.#socketPath, { force: true });
    const answer = await this.#ask({ do: 'stop' });
    // Not before the answer has left.
    setTimeout(() => process.exit(0), 20);
    return answer;
  }
}

const socketPath = process.argv[2];
if (import.meta.main && socketPath !== undefined) new DelayProcess(socketPath);
