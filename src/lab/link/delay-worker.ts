/**
 * The delay line's thread: holds every packet of every line until its time.
 *
 * Always: one ppoll for all sockets, so it sleeps until the next packet must leave or one arrives;
 * nothing in the loop allocates per packet. It runs before all that is not real-time, because a delay
 * line that waits for the processor adds the wait to every delay. A namespace that fails is let go and the
 * others go on: its rules say bypass, so its packets pass undelayed.
 */
import { readSync, writeSync } from 'node:fs';
import {
  isMainThread,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from 'node:worker_threads';
import { WamptcpError } from '../../lib/errors.ts';
import { failureAnswer, QUEUE_OF, type DelayAnswer, type DelayRequest } from './delay-protocol.ts';
import { DelayedLine } from './delayed-line.ts';
import { EINTR, libc, systemCallError } from './libc.ts';

const POLLFD_BYTES = 8;
const POLLIN = 1;
/** Before the BFD of the gateways, which has 10: a line does not wait for what is at its ends. */
const REAL_TIME = 15;
const NICE = -20;
/** Packets leave at most this much before their time. */
const EARLIEST_MS = 0.15;

interface WorkerData {
  readonly wakeup: number;
  readonly port: MessagePort;
}

class DelayLoop {
  readonly #lines = new Map<string, DelayedLine>();
  #polled: DelayedLine[] = [];
  #fds = new Uint32Array(2);
  readonly #timeout = new BigInt64Array(2);
  readonly #wakeup: number;
  readonly #port: MessagePort;
  /** How late the machine usually wakes us; we aim that much earlier, so errors cancel out. */
  #lead = 0;
  #running = true;

  constructor({ wakeup, port }: WorkerData) {
    this.#wakeup = wakeup;
    this.#port = port;
    this.#relist();
  }

  run(): void {
    libc.preciseTimers();
    // A container may forbid it; then the nice value has to do.
    if (libc.realTimeThread(REAL_TIME) !== 0) libc.niceThread(NICE);
    while (this.#running) {
      this.#sleep();
      if (this.#hasInput(0)) this.#answer();
      // Nothing in this pass may take the list apart under our feet.
      const polled = this.#polled;
      for (const [index, line] of polled.entries()) {
        try {
          if (this.#hasInput(index + 1)) line.receive(performance.now());
          line.release(performance.now(), this.#lead);
        } catch (error) {
          this.#letGo(line.namespace);
          // console would go through the main thread's loop, which may be what is broken.
          writeSync(2, `${line.namespace}: let go: ${String(error)}\n`);
        }
      }
    }
    for (const line of this.#lines.values()) line.close();
  }

  #sleep(): void {
    let next = Infinity;
    for (const line of this.#polled) next = Math.min(next, line.nextDue);
    const start = performance.now();
    const wait = Math.max(0, next - this.#lead - start);
    const forever = next === Infinity;
    if (!forever) {
      const nanoseconds = Math.ceil(wait * 1e6);
      this.#timeout[0] = BigInt(Math.floor(nanoseconds / 1e9));
      this.#timeout[1] = BigInt(nanoseconds % 1e9);
    }
    for (let i = 1; i < this.#fds.length; i += 2) this.#fds[i] = POLLIN;
    const ready = libc.ppoll(this.#fds, this.#fds.length / 2, forever ? null : this.#timeout, null);
    if (ready < 0 && libc.errno() !== EINTR) throw systemCallError('ppoll');
    if (ready === 0 && wait > 0) this.#learn(performance.now() - start - wait);
  }

  /** A moving mean, blind to the milliseconds another virtual machine may take from us. */
  #learn(late: number): void {
    this.#lead += (Math.min(late, EARLIEST_MS) - this.#lead) / 64;
  }

  #hasInput(index: number): boolean {
    // revents is the upper half of the second word; any event wants a look.
    return (this.#fds[index * 2 + 1] ?? 0) >>> 16 !== 0;
  }

  #answer(): void {
    readSync(this.#wakeup, new Uint8Array(POLLFD_BYTES));
    for (;;) {
      const message = receiveMessageOnPort(this.#port) as { message: DelayRequest } | undefined;
      if (message === undefined) return;
      this.#port.postMessage(this.#perform(message.message));
    }
  }

  #perform(request: DelayRequest): DelayAnswer {
    try {
      switch (request.do) {
        case 'attach':
          return { ok: true, attached: this.#attach(request.namespace) };
        case 'set':
          this.#line(request.namespace).set(request.direction, request.how);
          return { ok: true };
        case 'detach':
          this.#letGo(request.namespace);
          return { ok: true };
        case 'statistics':
          return {
            ok: true,
            statistics: {
              lines: [...this.#lines.values()].map((line) => line.statistics()),
              process: process.pid,
              cpu: cpuSeconds(),
            },
          };
        case 'stop':
          this.#running = false;
          return { ok: true };
      }
    } catch (error) {
      return failureAnswer(error);
    }
  }

  #attach(namespace: string): boolean {
    if (this.#lines.get(namespace)?.isCurrent === true) return false;
    this.#letGo(namespace);
    this.#lines.set(namespace, new DelayedLine(namespace, QUEUE_OF));
    this.#relist();
    return true;
  }

  #line(namespace: string): DelayedLine {
    const line = this.#lines.get(namespace);
    if (line !== undefined) return line;
    throw new WamptcpError('LAB_NOT_DELAYED', `The delay line does not serve ${namespace}.`, {
      advice: 'Attach the line first.',
    });
  }

  #letGo(namespace: string): void {
    this.#lines.get(namespace)?.close();
    this.#lines.delete(namespace);
    this.#relist();
  }

  #relist(): void {
    this.#polled = [...this.#lines.values()];
    this.#fds = Uint32Array.from(
      [this.#wakeup, ...this.#polled.map((line) => line.fd)].flatMap((fd) => [fd, POLLIN]),
    );
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (!isMainThread) new DelayLoop(workerData as WorkerData).run();
