/** The quantiles that are told of delays: always values that were observed. */
import { quantileOfSorted } from '../../lib/statistics.ts';

import { toMs } from './monotonic.ts';

export type Quantiles = { readonly p50: number; readonly p99: number; readonly max: number };

/** Of at least one value; the argument is left as it is. */
export function quantiles(values: Float64Array): Quantiles {
  if (values.length === 0) throw new RangeError('quantiles of nothing');
  const sorted = Float64Array.from(values).sort();
  return {
    p50: quantileOfSorted(sorted, 0.5),
    p99: quantileOfSorted(sorted, 0.99),
    max: quantileOfSorted(sorted, 1),
  };
}

/** Nanoseconds as milliseconds. */
export function inMs(ns: Quantiles): Quantiles {
  return { p50: toMs(ns.p50), p99: toMs(ns.p99), max: toMs(ns.max) };
}
