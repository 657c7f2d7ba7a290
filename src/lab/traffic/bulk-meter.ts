/**
 * The receiving end of a bulk transfer, over all of its connections: counts, hashes if asked,
 * reports every 100 ms. Done when every connection is over.
 */

import { createHash, type Hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { bulkSummary, megabitsPerSecond } from './bulk-summary.ts';
import { monotonicNs, toSeconds } from './monotonic.ts';
import { ConnectionWatch } from './mptcp-state.ts';
import type { BulkInterval, BulkSummary } from './report.ts';
import type { BulkRequest } from './request.ts';

const INTERVAL_MS = 100;

type Connection = { readonly watch: ConnectionWatch; readonly hash: Hash | undefined };

export class BulkMeter {
  readonly done: Promise<BulkSummary>;
  readonly #resolve: (summary: BulkSummary) => void;
  readonly #request: BulkRequest;
  readonly #connections = new Map<number, Connection>();
  readonly #startNs = monotonicNs();
  readonly #cpu = process.cpuUsage();
  readonly #timer: NodeJS.Timeout;
  readonly #onInterval: (interval: BulkInterval) => void;
  #bytes = 0;
  #lastNs = this.#startNs;
  #intervalNs = this.#startNs;
  #intervalBytes = 0;
  #closed = 0;
  #broken = false;

  constructor(request: BulkRequest, onInterval: (interval: BulkInterval) => void) {
    this.#request = request;
    this.#onInterval = onInterval;
    const { promise, resolve } = Promise.withResolvers<BulkSummary>();
    this.done = promise;
    this.#resolve = resolve;
    this.#timer = setInterval(() => this.#report(), INTERVAL_MS);
  }

  /** Announces connection `index`; data of it is handed to the function returned. */
  open(index: number, socket: Socket): (chunk: Buffer) => void {
    const hash = this.#request.hash ? createHash('sha256') : undefined;
    const watch = new ConnectionWatch(socket);
    watch.now();
    this.#connections.set(index, { watch, hash });
    return (chunk) => {
      this.#bytes += chunk.length;
      this.#lastNs = monotonicNs();
      hash?.update(chunk);
    };
  }

  /** One connection is over; `ended` if its sender said so and it did not break. */
  close(ended: boolean): void {
    this.#closed++;
    if (!ended) this.#broken = true;
    if (this.#closed === this.#request.connections) this.#finish();
  }

  #finish(): void {
    clearInterval(this.#timer);
    const parts = [...this.#connections].sort(([a], [b]) => a - b).map(([, part]) => part);
    const wanted = this.#request.bytes;
    this.#resolve(
      bulkSummary({
        role: 'receiver',
        transfer: this.#request.transfer,
        complete:
          !this.#broken &&
          (wanted === undefined || this.#request.seconds !== undefined || wanted === this.#bytes),
        bytes: this.#bytes,
        durationNs: this.#lastNs - this.#startNs,
        sha256: parts.flatMap((part) => part.hash?.digest('hex') ?? []),
        connections: parts.map((part) => part.watch.summary()),
        cpu: process.cpuUsage(this.#cpu),
      }),
    );
  }

  #report(): void {
    const now = monotonicNs();
    const bytes = this.#bytes - this.#intervalBytes;
    const mbps = megabitsPerSecond(bytes, now - this.#intervalNs);
    this.#intervalNs = now;
    this.#intervalBytes = this.#bytes;
    let subflows = 0;
    for (const { watch } of this.#connections.values()) subflows += watch.now().subflows;
    this.#onInterval({
      event: 'interval',
      kind: 'bulk',
      transfer: this.#request.transfer,
      atNs: now,
      atSeconds: toSeconds(now - this.#startNs),
      bytes,
      totalBytes: this.#bytes,
      mbps,
      subflows,
    });
  }
}
