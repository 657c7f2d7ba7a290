/**
 * Held packets of one direction: what came, when each may go, and which are to be lost. Pure:
 * `now` and the random numbers are arguments.
 *
 * Always: ids leave in the order they came, unless the direction reorders. A packet that is lost
 * keeps its place until its time comes: the kernel then finds it at the head of its list, instead of
 * walking past every packet it holds. Times are milliseconds of one monotonic clock.
 */
import type { Milliseconds } from '../../net/duration.ts';
import type { Verdict, VerdictReach } from './nfqueue-message.ts';

export interface Delaying {
  readonly delay: Milliseconds;
  /** Each packet is held for `delay` ± this much, evenly spread. */
  readonly jitter: Milliseconds;
  /** The part of the packets that is lost, 0 to 1. */
  readonly loss: number;
  /** Let a packet with a short hold overtake one with a long hold. */
  readonly reorder: boolean;
}

export function isDelaying({ delay, jitter, loss }: Delaying): boolean {
  return delay > 0 || jitter > 0 || loss > 0;
}

export type Emit = (id: number, verdict: Verdict, reach: VerdictReach) => void;

export class HeldPackets {
  #ids = new Uint32Array(1024);
  #due = new Float64Array(1024);
  #lost = new Uint8Array(1024);
  #head = 0;
  #length = 0;
  /** Some packet has overtaken another since the ring was last empty. */
  #scrambled = false;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get length(): number {
    return this.#length;
  }

  /** When the next packet may go; Infinity when none is held. */
  get nextDue(): Milliseconds {
    return this.#length === 0 ? Infinity : (this.#due[this.#head] ?? Infinity);
  }

  push(id: number, now: Milliseconds, how: Delaying): void {
    if (this.#length === this.#ids.length) this.#grow();
    const wander = how.jitter === 0 ? 0 : (this.#random() * 2 - 1) * how.jitter;
    const due = now + Math.max(0, how.delay + wander);
    const lost = how.loss > 0 && this.#random() < how.loss ? 1 : 0;
    let place = this.#length++;
    // From the tail, because a packet overtakes few others; in order, it overtakes none.
    while (how.reorder && place > 0 && this.#dueAt(place - 1) > due) {
      this.#copy(place - 1, place);
      place--;
      this.#scrambled = true;
    }
    const before = place > 0 ? this.#dueAt(place - 1) : 0;
    this.#put(place, id, Math.max(due, before), lost);
  }

  /**
   * Lets go of all that is due at `now` and returns how many are lost. In order, a run of packets
   * with the same fate is one verdict; where ids do not ascend, each packet needs its own.
   */
  release(now: Milliseconds, emit: Emit): number {
    const single = this.#scrambled;
    let losses = 0;
    while (this.#length > 0 && this.nextDue <= now) {
      const id = this.#ids[this.#head] ?? 0;
      const lost = this.#lost[this.#head] ?? 0;
      this.#head = (this.#head + 1) & (this.#ids.length - 1);
      this.#length--;
      losses += lost;
      const runGoesOn =
        !single && this.#length > 0 && this.nextDue <= now && this.#lost[this.#head] === lost;
      if (!runGoesOn) emit(id, lost === 1 ? 'drop' : 'accept', single ? 'only' : 'through');
    }
    if (this.#length === 0) this.#scrambled = false;
    return losses;
  }

  #slot(place: number): number {
    return (this.#head + place) & (this.#ids.length - 1);
  }

  #dueAt(place: number): Milliseconds {
    return this.#due[this.#slot(place)] ?? 0;
  }

  #copy(from: number, to: number): void {
    const slot = this.#slot(from);
    this.#put(to, this.#ids[slot] ?? 0, this.#due[slot] ?? 0, this.#lost[slot] ?? 0);
  }

  #put(place: number, id: number, due: Milliseconds, lost: number): void {
    const slot = this.#slot(place);
    this.#ids[slot] = id;
    this.#due[slot] = due;
    this.#lost[slot] = lost;
  }

  /** Doubles the ring; its size stays a power of two, which is what makes the masks above right. */
  #grow(): void {
    const [ids, due, lost] = [this.#ids, this.#due, this.#lost];
    const order = Array.from({ length: this.#length }, (_, place) => this.#slot(place));
    this.#ids = new Uint32Array(ids.length * 2);
    this.#due = new Float64Array(ids.length * 2);
    this.#lost = new Uint8Array(ids.length * 2);
    this.#head = 0;
    order.forEach((slot, place) => {
      this.#put(place, ids[slot] ?? 0, due[slot] ?? 0, lost[slot] ?? 0);
    });
  }
}
