/**
 * Numbers that are the same for the same seed, so that what was drawn by chance can be had again.
 *
 * Always holds: mulberry32, small and the same everywhere.
 */

/** Whole numbers from 0 to less than `below`. */
export type Random = (below: number) => number;

export function randomBelow(seed: number): Random {
  const next = numbers(seed);
  return (below) => next() % below;
}

/** Numbers from 0 to less than 1. */
export function randomFractions(seed: number): () => number {
  const next = numbers(seed);
  return () => next() / 2 ** 32;
}

/** Of 32 bits. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
