/**
 * The live picture of the lines: a bar for now and a trace of the last seconds for each; pure.
 *
 * Always holds: as many lines each time, so that a terminal can draw over the last picture.
 */
import type { RateSample } from '../traffic/wan-rates.ts';

export interface PicturedLine {
  readonly name: string;
  /** Bits per second; full scale. */
  readonly capacity: number;
  readonly cut: boolean;
}

export interface PictureColours {
  readonly busy: (text: string) => string;
  readonly cut: (text: string) => string;
  readonly faint: (text: string) => string;
}

const BAR_WIDTH = 20;
const TRACE_WIDTH = 44;
const STEPS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export function picture(
  lines: readonly PicturedLine[],
  samples: readonly RateSample[],
  phase: string,
  colours: PictureColours,
): readonly string[] {
  const now = samples.at(-1);
  const recent = samples.slice(-TRACE_WIDTH);
  const width = Math.max(...lines.map((line) => line.name.length));
  const drawn = lines.map((line, index) => {
    const rate = now?.rates[index] ?? 0;
    const trace = recent.map((sample) => step((sample.rates[index] ?? 0) / line.capacity)).join('');
    const paint = line.cut ? colours.cut : colours.busy;
    const state = line.cut ? colours.cut('✗ cut') : '     ';
    return (
      `  ${line.name.padEnd(width)} ${paint(bar(rate / line.capacity))} ` +
      `${megabits(rate).padStart(5)} Mb/s ${state} ${colours.faint(trace.padStart(TRACE_WIDTH))}`
    );
  });
  const total = (now?.rates ?? []).reduce((sum, rate) => sum + rate, 0);
  const sum = `  ${'sum'.padEnd(width)} ${' '.repeat(BAR_WIDTH)} ${megabits(total).padStart(5)} Mb/s`;
  return [phase, ...drawn, sum];
}

/** One line for where there is no terminal. */
export function plainPicture(
  lines: readonly PicturedLine[],
  sample: RateSample,
  phase: string,
): string {
  const rates = lines.map((line, index) => {
    const state = line.cut ? ' (cut)' : '';
    return `${line.name} ${megabits(sample.rates[index] ?? 0)} Mb/s${state}`;
  });
  return `${sample.at.toFixed(1).padStart(5)} s  ${rates.join('  ')}  ${phase}`;
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

function step(share: number): string {
  const index = Math.round(Math.min(1, Math.max(0, share)) * (STEPS.length - 1));
  return STEPS[index] ?? ' ';
}

function megabits(rate: number): string {
  return (rate / 1e6).toFixed(rate < 10e6 ? 1 : 0);
}
