/** Quantiles by nearest rank: always a value that was observed, never an interpolation. */

import { toMs } from './monotonic.ts';

export type Quantiles = { readonly p50: number; readonly p99: number; readonly max: number };

/** Of at least one value; the argument is left as it is. */
export function quantiles(values: Float64Array): Quantiles {
  if (values.length === 0) throw new RangeError('quantiles of nothing');
  const sorted = Float64Array.from(values).sort();
  return { p50: rank(sorted, 0.5), p99: rank(sorted, 0.99), max: rank(sorted, 1) };
}

/** Nanoseconds as milliseconds. */
export function inMs(ns: Quantiles): Quantiles {
  return { p50: toMs(ns.p50), p99: toMs(ns.p99), max: toMs(ns.max) };
}

function rank(sorted: Float64Array, fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] as number;
}
