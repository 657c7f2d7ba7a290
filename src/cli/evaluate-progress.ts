/**
 * How far a run of experiments is, and how long it still takes: one line in place on a terminal, else a
 * line for each measurement.
 */
import type { Progress } from '../evaluate/remaining.ts';
import { keyOf } from '../evaluate/measurement.ts';
import { complain } from './output.ts';

export class EvaluationProgress {
  readonly #isTerminal = process.stderr.isTTY;

  show(progress: Progress): void {
    const line = progressText(progress);
    if (progress.outcome !== undefined) this.#finish(line);
    else if (this.#isTerminal) process.stderr.write(`\r\u001b[K${fit(line)}`);
    // Elsewhere only what is over is worth a line.
  }

  #finish(line: string): void {
    complain(this.#isTerminal ? `\r\u001b[K${line}` : line);
  }
}

/** `[3/41] table-2 outage/mechanism=…: done in 21 s; 12 min left`. */
export function progressText(progress: Progress): string {
  const { measurement, position, count, left, words } = progress;
  const [experiment = ''] = measurement.experiments;
  // The hash at the end tells a person nothing.
  const what = keyOf(measurement).replace(/-[0-9a-f]{10}$/, '');
  const state = words === '' ? 'setting up' : words;
  return `[${position}/${count}] ${experiment} ${what} #${measurement.repetition + 1}: ${state}; ${timeText(left)} left`;
}

/** Seconds as `40 s`, `12 min` or `1 h 5 min`. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function fit(line: string): string {
  return line.slice(0, Math.max(20, (process.stderr.columns || 80) - 1));
}
