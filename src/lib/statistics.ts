/**
 * What is said of several measurements of one thing: the median and how far they spread.
 *
 * Always holds: arguments are left as they are and may be in any order; of nothing, the answer is NaN.
 */

/** A median with its spread: the least and the greatest value, nothing left out. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
  readonly count: number;
}

/** The middle value, or halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted(ascending);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  // Two infinite ones have no difference, so no halfway by subtraction; equal ones need none.
  const lower = sorted[middle - 1] ?? NaN;
  return sorted.length % 2 === 1 || upper === lower ? upper : lower / 2 + upper / 2;
}

/**
 * By nearest rank: the least value that so great a part of all does not exceed. Always a value that
 * was observed, never an interpolation.
 *
 * @param fraction 0 … 1
 */
export function quantile(values: ArrayLike<number>, fraction: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), fraction);
}

/** The same, for who asks several of the same values. */
export function quantileOfSorted(sorted: ArrayLike<number>, fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? NaN;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted(ascending);
  return {
    median: median(sorted),
    least: sorted[0] ?? NaN,
    greatest: sorted.at(-1) ?? NaN,
    count: sorted.length,
  };
}

/** `[value, fraction of all that are not greater]`, the steps of a distribution function. */
export function distribution(values: readonly number[]): readonly (readonly [number, number])[] {
  return values.toSorted(ascending).map((value, index) => [value, (index + 1) / values.length]);
}

function ascending(one: number, other: number): number {
  return one - other;
}
