/**
 * What a receiver remembers of a stream: for each message when it was due, sent and received, in
 * arrays allocated once. Figures are computed from it; recording itself allocates nothing.
 *
 * Three figures per message, always kept apart:
 * - delay   = received − due: what the person feels;
 * - lag     = sent − due: how late the sending process was (a noisy machine, not the network);
 * - transit = received − sent: socket buffers, network and receiving process.
 */

import { NS_PER_SECOND, toMs, toSeconds, type Nanoseconds } from './monotonic.ts';
import type { MessageHeader } from './message.ts';
import { inMs, quantiles, type Quantiles } from './quantiles.ts';

export type DelaySummary = {
  readonly received: number;
  readonly delayMs: Quantiles;
  readonly transitMs: Quantiles;
  readonly lagMs: Quantiles;
  /** The message that waited longest: its number and due time, in seconds since the stream began. */
  readonly worst: { readonly seq: number; readonly atSeconds: number; readonly dueNs: Nanoseconds };
  /** The longest time without any message arriving, and when it began. */
  readonly pause: { readonly ms: number; readonly atSeconds: number; readonly fromNs: Nanoseconds };
};

export type DelayWindow = {
  readonly messages: number;
  readonly delayMs: { readonly p50: number; readonly max: number } | null;
  readonly maxLagMs: number | null;
};

export class DelayRecord {
  readonly #due: Float64Array;
  readonly #sent: Float64Array;
  readonly #received: Float64Array;
  #count = 0;
  #windowStart = 0;

  constructor(capacity: number) {
    this.#due = new Float64Array(capacity);
    this.#sent = new Float64Array(capacity);
    this.#received = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Due time of the first message, or undefined before it arrived. */
  get firstDueNs(): Nanoseconds | undefined {
    return this.#count > 0 ? this.#due[0] : undefined;
  }

  get lastReceivedNs(): Nanoseconds | undefined {
    return this.#count > 0 ? this.#received[this.#count - 1] : undefined;
  }

  /** TCP keeps order, so anything but the next number means that the tool itself is broken. */
  add(header: MessageHeader, receivedNs: Nanoseconds): void {
    const index = this.#count;
    if (header.seq !== index) throw new Error(`stream: message ${header.seq}, expected ${index}`);
    if (index >= this.#due.length) throw new Error('stream: more messages than announced');
    this.#due[index] = header.dueNs;
    this.#sent[index] = header.sentNs;
    this.#received[index] = receivedNs;
    this.#count = index + 1;
  }

  /** Figures of the messages received since the last call. */
  takeWindow(): DelayWindow {
    const from = this.#windowStart;
    const to = this.#count;
    this.#windowStart = to;
    if (to === from) return { messages: 0, delayMs: null, maxLagMs: null };
    const delay = quantiles(this.#differences(this.#received, this.#due, from, to));
    const lag = quantiles(this.#differences(this.#sent, this.#due, from, to));
    return {
      messages: to - from,
      delayMs: { p50: toMs(delay.p50), max: toMs(delay.max) },
      maxLagMs: toMs(lag.max),
    };
  }

  /**
   * Figures of the messages due `warmupSeconds` or more after the first one; undefined if there is
   * none. The warm-up keeps slow start and the just-in-time compiler out of the figures.
   */
  summary(warmupSeconds: number): DelaySummary | undefined {
    const start = this.firstDueNs;
    if (start === undefined) return undefined;
    const from = this.#firstDueAt(start + warmupSeconds * NS_PER_SECOND);
    if (from === this.#count) return undefined;
    const delay = this.#differences(this.#received, this.#due, from, this.#count);
    const seq = from + indexOfMax(delay);
    const pause = this.#longestPause(from);
    const due = at(this.#due, seq);
    return {
      received: this.#count,
      delayMs: inMs(quantiles(delay)),
      transitMs: inMs(quantiles(this.#differences(this.#received, this.#sent, from, this.#count))),
      lagMs: inMs(quantiles(this.#differences(this.#sent, this.#due, from, this.#count))),
      worst: { seq, atSeconds: toSeconds(due - start), dueNs: due },
      pause: {
        ms: toMs(pause.ns),
        atSeconds: toSeconds(pause.fromNs - start),
        fromNs: pause.fromNs,
      },
    };
  }

  /** One line per message, `seq sent_ns received_ns due_ns`, under a heading that says so. */
  *rawLines(): Generator<string> {
    yield '# seq sent_ns received_ns due_ns (CLOCK_MONOTONIC)\n';
    for (let i = 0; i < this.#count; i++) {
      yield `${i} ${at(this.#sent, i)} ${at(this.#received, i)} ${at(this.#due, i)}\n`;
    }
  }

  #differences(later: Float64Array, earlier: Float64Array, from: number, to: number): Float64Array {
    const result = new Float64Array(to - from);
    for (let i = from; i < to; i++) result[i - from] = at(later, i) - at(earlier, i);
    return result;
  }

  #firstDueAt(ns: Nanoseconds): number {
    let index = 0;
    while (index < this.#count && at(this.#due, index) < ns) index++;
    return index;
  }

  #longestPause(from: number): { ns: number; fromNs: Nanoseconds } {
    let longest = { ns: 0, fromNs: at(this.#received, from) };
    for (let i = from + 1; i < this.#count; i++) {
      const ns = at(this.#received, i) - at(this.#received, i - 1);
      if (ns > longest.ns) longest = { ns, fromNs: at(this.#received, i - 1) };
    }
    return longest;
  }
}

function indexOfMax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (at(values, i) > at(values, best)) best = i;
  return best;
}

/** Element that is known to exist. */
function at(values: Float64Array, index: number): number {
  return values[index] as number;
}
