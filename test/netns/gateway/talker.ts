/**
 * A program for a host: sends numbered UDP packets at a steady rate on each of its flows, and counts
 * what it gets. Started with its flows as JSON; on stdin `go`, `hush` (send no more) and `report`.
 *
 * Always holds: packets that the host itself dropped, because this process was not given the
 * processor in time, are counted apart: they are no loss of the network. Nor are those that it has not
 * read yet when it is asked.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

export interface Flow {
  readonly local: string;
  readonly remote: string;
  /** On both ends. */
  readonly port: number;
  /** Packets a second; 0 listens only. */
  readonly rate: number;
}

export interface Heard {
  readonly sent: number;
  /** Different ones. */
  readonly received: number;
  readonly droppedHere: number;
  /** The longest time without a packet between two, milliseconds. */
  readonly silence: number;
  /** On the way, milliseconds: the median. */
  readonly delay: number;
}

const PAYLOAD = Buffer.alloc(64);

class Voice {
  readonly #flow: Flow;
  readonly #socket: Socket;
  readonly #seen = new Set<number>();
  #sent = 0;
  #startedAt = 0;
  #lastAt: number | undefined;
  #silence = 0;
  readonly #delays: number[] = [];

  constructor(flow: Flow) {
    this.#flow = flow;
    this.#socket = createSocket({
      type: flow.local.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: 4_194_304,
    });
    this.#socket.on('message', (packet) => {
      this.#seen.add(packet.readUInt32BE(0));
      const now = performance.now();
      this.#delays.push(Number(process.hrtime.bigint() - packet.readBigUInt64BE(8)) / 1e6);
      if (this.#lastAt !== undefined) this.#silence = Math.max(this.#silence, now - this.#lastAt);
      this.#lastAt = now;
    });
    this.#socket.on('error', () => undefined);
  }

  async bind(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.bind(this.#flow.port, this.#flow.local, resolve);
    });
  }

  start(now: number): void {
    this.#startedAt = now;
  }

  sendDue(now: number): void {
    const due = Math.floor(((now - this.#startedAt) * this.#flow.rate) / 1000);
    for (; this.#sent < due; this.#sent++) {
      PAYLOAD.writeUInt32BE(this.#sent, 0);
      // One clock for all namespaces of the machine.
      PAYLOAD.writeBigUInt64BE(process.hrtime.bigint(), 8);
      this.#socket.send(Buffer.from(PAYLOAD), this.#flow.port, this.#flow.remote);
    }
  }

  /** That is, once what the host has for this process is read: it may have had no time for it yet. */
  async heard(): Promise<Heard> {
    while (unread(this.#flow.port) > 0) await setTimeout(1);
    return {
      sent: this.#sent,
      received: this.#seen.size,
      droppedHere: droppedByHost(this.#flow.port),
      silence: this.#silence,
      delay: this.#delays.sort((a, b) => a - b)[this.#delays.length >> 1] ?? NaN,
    };
  }
}

/** The last column of /proc/net/udp: packets for which the socket had no room. */
function droppedByHost(port: number): number {
  return socketsAt(port).reduce((sum, columns) => sum + Number(columns.at(-1)), 0);
}

/** Octets that have arrived and were not read yet. */
function unread(port: number): number {
  return socketsAt(port).reduce(
    (sum, columns) => sum + parseInt(columns[4]!.split(':')[1]!, 16),
    0,
  );
}

/** The columns of /proc/net/udp for the sockets that are bound to it. */
function socketsAt(port: number): readonly (readonly string[])[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['udp', 'udp6']
    .flatMap((name) => readFileSync(`/proc/self/net/${name}`, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hex}`));
}

if (import.meta.main) {
  const flows = JSON.parse(process.argv[2] ?? '[]') as Flow[];
  const voices = flows.map((flow) => new Voice(flow));
  await Promise.all(voices.map((voice) => voice.bind()));
  let timer: NodeJS.Timeout | undefined;
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line === 'go') {
        for (const voice of voices) voice.start(performance.now());
        timer = setInterval(() => {
          for (const voice of voices) voice.sendDue(performance.now());
        }, 1);
      } else if (line === 'hush') {
        clearInterval(timer);
      } else {
        void Promise.all(voices.map((voice) => voice.heard())).then((heard) => {
          process.stdout.write(`${JSON.stringify(heard)}\n`);
        });
      }
    })
    // Whoever started it is gone.
    .once('close', () => process.exit());
  process.stdout.write('ready\n');
}
