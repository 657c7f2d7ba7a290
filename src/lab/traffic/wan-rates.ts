/**
 * The rates of interfaces inside a node, several times a second.
 *
 * Always holds: one long-lived reader in the node's namespace; it ends with `stop` or with us.
 */
import type { Milliseconds } from '../../net/duration.ts';
import { parseInterfaceCounters } from '../../system/interface-counters.ts';
import { launch } from './launch.ts';
import type { Child } from './launch.ts';
import { monotonicNs, NS_PER_SECOND, toMs } from './monotonic.ts';

const SAMPLE_MS = 200;

export interface RateSample {
  /** Seconds since the first sample. */
  readonly at: number;
  /** CLOCK_MONOTONIC, milliseconds, at the end of the sample. */
  readonly monotonic: Milliseconds;
  /** Bits per second received, in the order of the interfaces asked for. */
  readonly rates: readonly number[];
}

interface Reading {
  readonly atNs: number;
  readonly bytes: readonly number[];
}

export class WanRates {
  readonly #interfaces: readonly string[];
  readonly #onSample: (sample: RateSample) => void;
  readonly #child: Child;
  #first: number | undefined;
  #before: Reading | undefined;

  constructor(
    namespace: string,
    interfaces: readonly string[],
    onSample: (sample: RateSample) => void,
    everyMs: Milliseconds = SAMPLE_MS,
  ) {
    this.#interfaces = interfaces;
    this.#onSample = onSample;
    const script = `while :; do cat /proc/net/dev; echo; sleep ${everyMs / 1000}; done`;
    this.#child = launch({ namespace, command: ['sh', '-c', script] });
    void this.#read();
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }

  async #read(): Promise<void> {
    let text = '';
    for await (const line of this.#child.lines) {
      if (line !== '') {
        text += `${line}\n`;
        continue;
      }
      const counters = parseInterfaceCounters(text);
      text = '';
      this.#add({
        atNs: monotonicNs(),
        bytes: this.#interfaces.map((name) => counters.get(name)?.receivedBytes ?? 0),
      });
    }
  }

  #add(reading: Reading): void {
    const before = this.#before;
    this.#before = reading;
    this.#first ??= reading.atNs;
    if (before === undefined) return;
    const seconds = (reading.atNs - before.atNs) / NS_PER_SECOND;
    this.#onSample({
      at: (reading.atNs - this.#first) / NS_PER_SECOND,
      monotonic: toMs(reading.atNs),
      rates: reading.bytes.map((bytes, index) =>
        Math.max(0, ((bytes - (before.bytes[index] ?? bytes)) * 8) / seconds),
      ),
    });
  }
}
