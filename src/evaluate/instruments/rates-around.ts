/** The rates of lines around a moment, as charts have them. Pure. */
import type { RateSample } from '../../lab/traffic/wan-rates.ts';
import type { Milliseconds } from '../../net/duration.ts';

export interface RatesAt {
  /** Seconds since the moment; the end of the sample. */
  readonly at: number;
  /** Mb/s by line. */
  readonly lines: number[];
}

/** @param moment monotonic */
export function ratesAround(samples: readonly RateSample[], moment: Milliseconds): RatesAt[] {
  return samples.map(({ monotonic, rates }) => ({
    at: round((monotonic - moment) / 1000, 3),
    lines: rates.map((rate) => round(rate / 1e6, 2)),
  }));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
