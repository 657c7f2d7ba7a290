/**
 * Which parts of a table differ from the paper's by more than a fifth. Pure.
 *
 * Always holds: it names every one of them, better or worse, with both figures; what stood still is a part
 * of nothing.
 */
import { median } from '../../lib/statistics.ts';
import type { MeasuredCell, ResultCell } from '../experiment.ts';

export interface Placed {
  /** Who and where: `Tunnel Handoff, BFD 100 ms, 1 s`. */
  readonly place: string;
  readonly cell: ResultCell;
}

const FIFTH = 1.2;

export function partDifferences(placed: readonly Placed[]): readonly string[] {
  return (['more', 'less'] as const).flatMap((than) => {
    const named = placed.flatMap(({ place, cell }) =>
      typeof cell !== 'string' && differenceOf(cell) === than
        ? [`${place} ${oursOf(cell).toFixed(2)} for ${cell.paper ?? ''}`]
        : [],
    );
    return named.length === 0
      ? []
      : [`More than a fifth ${than} than the paper’s part: ${named.join('; ')}.`];
  });
}

/** What TCP's own timer does to who has one line at a time; said where such a row differs. */
export const TIMER_STEPS =
  'With Tunnel Handoff nothing goes on after detection until TCP next retransmits, and its timeout doubles each time: detection ' +
  'a little sooner or later, or another least timeout, makes a whole step.';

function differenceOf(cell: MeasuredCell): 'more' | 'less' | undefined {
  const theirs = Number(cell.paper?.replace('<', ''));
  const ours = oursOf(cell);
  if (cell.paper === undefined || Number.isNaN(theirs) || Number.isNaN(ours)) return undefined;
  if (ours > FIFTH * theirs) return 'more';
  // Of less than so much nothing is less.
  return ours < theirs / FIFTH && !cell.paper.startsWith('<') ? 'less' : undefined;
}

/** NaN: there is nothing. */
function oursOf({ values, stalled }: MeasuredCell): number {
  return median([...values, ...Array<number>(stalled).fill(0)]);
}
