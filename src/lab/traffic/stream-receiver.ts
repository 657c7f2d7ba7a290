/**
 * The receiving end of a message stream: feeds a `DelayRecord`, reports every 100 ms, and makes the
 * summary. The time of receipt is taken once per read, before anything else is done with the data.
 * A second timer measures how late this process itself is served (`stallMs`).
 */

import type { Socket } from 'node:net';
import { monotonicNs, NS_PER_MS, NS_PER_SECOND, toMs, toSeconds } from './monotonic.ts';
import { DelayRecord } from './delay-record.ts';
import { MessageReader } from './message.ts';
import { ConnectionWatch } from './mptcp-state.ts';
import type { StreamInterval, StreamReceived } from './report.ts';
import type { StreamRequest } from './request.ts';
import { totalMessages } from './schedule.ts';

const INTERVAL_MS = 100;
const HEARTBEAT_MS = 5;

export class StreamReceiver {
  readonly record: DelayRecord;
  readonly #request: StreamRequest;
  readonly #expected: number;
  readonly #reader: MessageReader;
  readonly #watch: ConnectionWatch;
  readonly #cpu = process.cpuUsage();
  readonly #timers: NodeJS.Timeout[];
  readonly #onInterval: (interval: StreamInterval) => void;
  #heartbeatNs = monotonicNs();
  #intervalStallNs = 0;
  #stallNs = 0;

  constructor(
    socket: Socket,
    request: StreamRequest,
    onInterval: (interval: StreamInterval) => void,
  ) {
    this.#request = request;
    this.#expected = totalMessages(request.rate, request.seconds);
    this.record = new DelayRecord(this.#expected);
    this.#reader = new MessageReader(request.size);
    this.#watch = new ConnectionWatch(socket);
    this.#onInterval = onInterval;
    this.#timers = [
      setInterval(() => this.#report(), INTERVAL_MS),
      setInterval(() => this.#beat(), HEARTBEAT_MS),
    ];
  }

  push(chunk: Buffer): void {
    const now = monotonicNs();
    this.#reader.push(chunk, (header) => this.record.add(header, now));
  }

  /** Ends the reports. Messages that did not arrive by now are missing. */
  finish(): StreamReceived {
    for (const timer of this.#timers) clearInterval(timer);
    const received = this.record.count;
    const figures = this.record.summary(this.#request.warmupSeconds);
    const spent = process.cpuUsage(this.#cpu);
    return {
      event: 'summary',
      kind: 'stream',
      role: 'receiver',
      transfer: this.#request.transfer,
      complete: received === this.#expected,
      expected: this.#expected,
      received,
      missing: this.#expected - received,
      startNs: this.record.firstDueNs ?? null,
      figures: figures === undefined ? null : { ...figures, stallMs: toMs(this.#stallNs) },
      connection: this.#watch.summary(),
      cpuSeconds: (spent.user + spent.system) / 1e6,
    };
  }

  #report(): void {
    const now = monotonicNs();
    const start = this.record.firstDueNs ?? now;
    this.#onInterval({
      event: 'interval',
      kind: 'stream',
      transfer: this.#request.transfer,
      atNs: now,
      atSeconds: toSeconds(now - start),
      ...this.record.takeWindow(),
      silenceMs: toMs(now - (this.record.lastReceivedNs ?? now)),
      stallMs: toMs(this.#intervalStallNs),
      subflows: this.#watch.now().subflows,
    });
    this.#intervalStallNs = 0;
  }

  #beat(): void {
    const now = monotonicNs();
    const late = Math.max(0, now - this.#heartbeatNs - HEARTBEAT_MS * NS_PER_MS);
    this.#heartbeatNs = now;
    this.#intervalStallNs = Math.max(this.#intervalStallNs, late);
    const start = this.record.firstDueNs;
    const warm = start !== undefined && now - start > this.#request.warmupSeconds * NS_PER_SECOND;
    if (warm) this.#stallNs = Math.max(this.#stallNs, late);
  }
}
