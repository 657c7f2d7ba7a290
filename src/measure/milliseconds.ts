/** Seconds as milliseconds with three decimals: captures have microseconds. */
export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
