/**
 * Sets of numbers as half-open intervals: which bytes of a stream there are.
 *
 * Always holds: intervals are sorted, apart from each other and not empty.
 */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export class IntervalSet {
  readonly #intervals: Interval[] = [];

  /** In ascending order. */
  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  /** What of it was not there before, in ascending order. */
  add({ start, end }: Interval): readonly Interval[] {
    if (!(end > start)) return [];
    const last = this.#intervals.at(-1);
    // Nearly all that arrives goes on where the last one ended.
    if (last !== undefined && last.end === start) {
      this.#intervals[this.#intervals.length - 1] = { start: last.start, end };
      return [{ start, end }];
    }
    const fresh = this.missing({ start, end });
    const first = this.#firstEndingFrom(start);
    let after = first;
    let [from, to] = [start, end];
    for (; after < this.#intervals.length; after += 1) {
      const one = this.#intervals[after] as Interval;
      if (one.start > end) break;
      from = Math.min(from, one.start);
      to = Math.max(to, one.end);
    }
    this.#intervals.splice(first, after - first, { start: from, end: to });
    return fresh;
  }

  /** What of it is not there. */
  missing({ start, end }: Interval): readonly Interval[] {
    const holes: Interval[] = [];
    let from = start;
    for (let index = this.#firstEndingFrom(start); from < end; index += 1) {
      const one = this.#intervals[index];
      const hole = Math.min(end, one?.start ?? Infinity);
      if (hole > from) holes.push({ start: from, end: hole });
      if (one === undefined) break;
      from = Math.max(from, one.end);
    }
    return holes;
  }

  /** Index of the first interval that ends at `start` or later. */
  #firstEndingFrom(start: number): number {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#intervals[middle] as Interval).end < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function totalLength(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { start, end }) => sum + end - start, 0);
}
