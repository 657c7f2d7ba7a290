/**
 * One measured figure with its repetitions. Always holds: nothing in it was not measured, and what
 * is printed is the median with the spread.
 */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** What the project wants of the median, in words and as a test. */
  readonly target?: { readonly text: string; readonly met: (median: number) => boolean };
  /** Whatever else was recorded; kept in the raw figures. */
  readonly raw?: unknown;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(context: BenchContext): Promise<readonly Row[]>;
}

export interface BenchContext {
  /** 1 is full; less repeats and waits less, and says so. */
  readonly scale: number;
  /** Of what is drawn by chance; the same seed draws the same. */
  readonly seed: number;
  /** How many faults `chaos` brings about; undefined: by the scale. */
  readonly faults: number | undefined;
  readonly progress: (text: string) => void;
}

/** Repetitions at a scale, never fewer than three: a median of less is none. */
export function repetitions(full: number, context: BenchContext): number {
  return Math.max(3, Math.round(full * context.scale));
}
