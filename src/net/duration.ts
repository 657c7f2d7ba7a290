/** Durations, written as people write them (`20ms`, `1.5s`, `2m`, `1h`), kept in milliseconds. */

export type Milliseconds = number;

const UNITS = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds ≥ 0, or undefined. A unit is required: a bare number is a mistake waiting to happen. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(us|ms|s|m|h)$/.exec(text.trim());
  if (match === null) return undefined;
  // Whole nanoseconds, so that 1.1m is 66 s and not a binary fraction more.
  return Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] * 1e6) / 1e6;
}

/** The shortest exact form: 1500 → `1.5s`, 20 → `20ms`, 0 → `0s`. */
export function formatDuration(value: Milliseconds): string {
  if (value === 0) return '0s';
  if (value < 1) return `${round(value * 1000)}us`;
  // Whole milliseconds have at most three decimals in seconds; anything finer would be rounded.
  if (value < 1000 || !Number.isInteger(value)) return `${round(value)}ms`;
  if (value < 60_000 || value % 60_000 !== 0) return `${round(value / 1000)}s`;
  return value % 3_600_000 === 0 ? `${value / 3_600_000}h` : `${value / 60_000}m`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
