/**
 * Byte counters → rates. Always holds: a counter that went back (a device made anew) gives rate 0
 * for that sample instead of nonsense.
 */

export interface Counters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface Metered extends Counters {
  /** Bits per second over the last sampling interval. */
  readonly receiveRate: number;
  readonly sendRate: number;
}

interface Sample extends Counters {
  readonly at: number;
}

export class RateMeter {
  readonly #samples = new Map<string, Sample>();
  readonly #metered = new Map<string, Metered>();

  /** @param now monotonic milliseconds. */
  add(name: string, counters: Counters, now: number): void {
    const before = this.#samples.get(name);
    this.#samples.set(name, { ...counters, at: now });
    this.#metered.set(name, {
      ...counters,
      receiveRate: rate(before?.receivedBytes, counters.receivedBytes, before?.at, now),
      sendRate: rate(before?.sentBytes, counters.sentBytes, before?.at, now),
    });
  }

  get(name: string): Metered | undefined {
    return this.#metered.get(name);
  }
}

function rate(
  before: number | undefined,
  after: number,
  since: number | undefined,
  now: number,
): number {
  if (before === undefined || since === undefined || after < before || now <= since) return 0;
  return Math.round(((after - before) * 8000) / (now - since));
}
