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

/** How a difference is told; the figures follow. */
export interface DifferenceWords {
  readonly more: string;
  readonly less: string;
}

const PARTS: DifferenceWords = {
  more: 'More than a fifth more than the paper’s part',
  less: 'More than a fifth less than the paper’s part',
};

export function partDifferences(
  placed: readonly Placed[],
  words: DifferenceWords = PARTS,
): readonly string[] {
  return (['more', 'less'] as const).flatMap((than) => {
    const named = placed.flatMap(({ place, cell }) =>
      typeof cell !== 'string' && differenceOf(cell) === than
        ? [`${place} ${oursOf(cell).toFixed(2)} for ${cell.paper ?? ''}`]
        : [],
    );
    return named.length === 0 ? [] : [`${words[than]}: ${named.join('; ')}.`];
  });
}

/** What TCP's own timer does to who has one line at a time; said where such a row differs. */
export const TIMER_STEPS =
  'With Tunnel Handoff nothing goes on until TCP next retransmits, and its timeout doubles each time. Where an outage ends before it ' +
  'is detected (by BFD after two to three intervals, by pings after 8 to 13 s) nothing is moved, and what counts is whether that ' +
  'timeout happens to end while the line is there. Else detection a little sooner or later, or another least timeout, makes a ' +
  'whole step.';

/** Of differences without a reason of their own. */
export const NOT_TRACED = 'Where no reason for a difference stands here, none was traced.';

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
