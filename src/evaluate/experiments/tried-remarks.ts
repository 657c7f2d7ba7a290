/** What was tried against the T-latency-failure of a download, and what it cost (Table II). Pure. */
import { median } from '../../lib/statistics.ts';
import { everyRun } from '../cell.ts';
import type { MeasuredCell } from '../experiment.ts';
import { levelText, runsWord } from './outage-cells.ts';

/** One that was tried against a long T-latency-failure. */
export interface Tried {
  readonly words: string;
  readonly latency: MeasuredCell;
  readonly recovery: MeasuredCell;
}

/** What a shorter T-latency costs; the first is the one without anything. */
export function priceRemarks(rows: readonly Tried[]): readonly string[] {
  const [base] = rows;
  if (base === undefined) return [];
  const seconds = ({ latency }: Tried): number => median(everyRun(latency));
  const most = 0.5 * seconds(base);
  if (Number.isNaN(most)) return [];
  const text = ({ words, latency, recovery }: Tried): string =>
    `${words} (${levelText(latency)}; ${levelText(recovery)}; ${runsWord(latency)})`;
  const sooner = rows
    .filter((one) => seconds(one) < most)
    .toSorted((one, other) => seconds(one) - seconds(other));
  const lost =
    'What is lost with the line is what stood in its queue; Fast Recovery has it sent again by slow start, one window each round trip, ' +
    'and a round trip is as long as the queue of the line that is left, which the download fills.';
  if (sooner.length === 0) {
    return [
      `T-latency-failure of a download: ${lost} Nothing that was tried made it half as long.`,
    ];
  }
  return [
    `T-latency-failure of a download: ${lost} It was less than half with: ${sooner.map(text).join(', ')}; beside ${text(base)}. In ` +
      'brackets: T-latency-failure and T-throughput-recovery, seconds; a longer recovery would be the price.',
  ];
}
