/**
 * What a client remembers of its transactions: how long each took. Reports every 100 ms and makes
 * the summary.
 *
 * Always holds: exactly one request is out from the moment this is made.
 */

import type { Socket } from 'node:net';
import { monotonicNs, NS_PER_SECOND, toMs, toSeconds } from './monotonic.ts';
import { ConnectionWatch } from './mptcp-state.ts';
import { inMs, quantiles } from './quantiles.ts';
import type { TransactionsInterval, TransactionsSummary } from './report.ts';

const INTERVAL_MS = 100;
const FIRST_CAPACITY = 1 << 16;

export class TransactionRecord {
  readonly #transfer: string;
  readonly #watch: ConnectionWatch;
  readonly #cpu = process.cpuUsage();
  readonly #startNs = monotonicNs();
  readonly #timer: NodeJS.Timeout;
  #tookNs = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  #reported = 0;
  #askedNs = this.#startNs;

  constructor(
    transfer: string,
    socket: Socket,
    onInterval: (interval: TransactionsInterval) => void,
  ) {
    this.#transfer = transfer;
    this.#watch = new ConnectionWatch(socket);
    this.#timer = setInterval(() => onInterval(this.#interval()), INTERVAL_MS);
  }

  /** The request that was out is answered, and the next one goes out. */
  answered(): void {
    const now = monotonicNs();
    if (this.#count === this.#tookNs.length) {
      const longer = new Float64Array(2 * this.#count);
      longer.set(this.#tookNs);
      this.#tookNs = longer;
    }
    this.#tookNs[this.#count] = now - this.#askedNs;
    this.#count += 1;
    this.#askedNs = now;
  }

  finish(complete: boolean): TransactionsSummary {
    clearInterval(this.#timer);
    const now = monotonicNs();
    const latencyMs =
      this.#count === 0 ? null : inMs(quantiles(this.#tookNs.subarray(0, this.#count)));
    const { user, system } = process.cpuUsage(this.#cpu);
    const seconds = (now - this.#startNs) / NS_PER_SECOND;
    return {
      event: 'summary',
      kind: 'transactions',
      transfer: this.#transfer,
      complete,
      transactions: this.#count,
      seconds,
      perSecond: this.#count / seconds,
      latencyMs,
      unansweredMs: toMs(now - this.#askedNs),
      connection: this.#watch.summary(),
      cpuSeconds: (user + system) / 1e6,
    };
  }

  #interval(): TransactionsInterval {
    const now = monotonicNs();
    const transactions = this.#count - this.#reported;
    this.#reported = this.#count;
    return {
      event: 'interval',
      kind: 'transactions',
      transfer: this.#transfer,
      atNs: now,
      atSeconds: toSeconds(now - this.#startNs),
      transactions,
      waitingMs: toMs(now - this.#askedNs),
      subflows: this.#watch.now().subflows,
    };
  }
}
