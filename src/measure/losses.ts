/**
 * Data that an outage has swallowed: copies that were sent, and that the receiver's capture does not
 * have.
 *
 * Always holds: copies of the same bytes on the same subflow are told apart by their stamp. Losses by
 * congestion are not counted: only what a subflow lost in one run, during which nothing passed.
 */
import type { FlowData, Piece } from './data.ts';
import { IntervalSet } from './interval-set.ts';
import type { Interval } from './interval-set.ts';
import type { Time } from './packet.ts';

export interface LostCopy extends Interval {
  readonly sent: Time;
}

/** Seconds: a subflow on which nothing passes for less was not cut. */
export const LEAST_DEAD = 0.01;
/** Seconds between the outage's noted time and the first loss: a line is not cut at that very moment. */
export const CUT_WITHIN = 0.05;

/** @param from the outage's beginning; `flight` seconds before it data was under way. */
export function lostCopies(
  sent: FlowData,
  received: FlowData,
  { from, until, flight }: { from: Time; until: Time; flight: number },
): readonly LostCopy[] {
  const arrived = copiesOf(received);
  return sent.subflows.flatMap((_, subflow) => {
    const run = new DeadRun(from);
    for (const piece of sent.pieces) {
      if (piece.subflow !== subflow || piece.time < from - flight - CUT_WITHIN) continue;
      const missing = arrived(piece);
      if (run.isOver(piece.time, missing, piece.time < until)) break;
    }
    return run.lost;
  });
}

/** One subflow's first stretch without any arrival. */
class DeadRun {
  readonly #from: Time;
  #lost: LostCopy[] = [];
  #hasPassed = false;
  #over = false;

  constructor(from: Time) {
    this.#from = from;
  }

  get lost(): readonly LostCopy[] {
    const [first, last] = [this.#lost[0], this.#lost.at(-1)];
    if (first === undefined || last === undefined) return [];
    return this.#over || last.sent - first.sent >= LEAST_DEAD || last.sent >= this.#from
      ? this.#lost
      : [];
  }

  /** Takes the next copy; true when the run has ended and what follows is something else. */
  isOver(time: Time, missing: readonly Interval[], isBefore: boolean): boolean {
    const first = this.#lost[0]?.sent;
    if (missing.length > 0) {
      const begins = first === undefined;
      if (begins && this.#hasPassed) return true;
      if (isBefore)
        this.#lost.push(...missing.map(({ start, end }) => ({ start, end, sent: time })));
      return false;
    }
    if (first !== undefined && time - first >= LEAST_DEAD && time >= this.#from) {
      this.#over = true;
      return true;
    }
    this.#lost = [];
    // Before that the line may have been there still.
    this.#hasPassed ||= time > this.#from + CUT_WITHIN;
    return false;
  }
}

/** Which bytes of the connection a copy carried that never came: what it lost. */
export function copiesOf({ pieces }: FlowData): (copy: Piece) => readonly Interval[] {
  const sets = new Map<string, IntervalSet>();
  for (const piece of pieces) {
    let set = sets.get(nameOf(piece));
    if (set === undefined) sets.set(nameOf(piece), (set = new IntervalSet()));
    set.add(onSubflow(piece));
  }
  return (copy) => {
    const move = copy.start - copy.sequence;
    const missing = sets.get(nameOf(copy))?.missing(onSubflow(copy)) ?? [onSubflow(copy)];
    return missing.map(({ start, end }) => ({ start: start + move, end: end + move }));
  };
}

function nameOf({ subflow, stamp }: Piece): string {
  return `${subflow} ${stamp ?? ''}`;
}

function onSubflow({ sequence, start, end }: Piece): Interval {
  return { start: sequence, end: sequence + end - start };
}
