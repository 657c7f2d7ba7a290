/**
 * How long a download takes at best while one of its lines goes and comes in turn.
 *
 * Always holds: whatever capacity there is at a moment is used, and switching costs nothing. So it is
 * exact for a short download too, of which the beat takes more, or less, than half the time.
 */

export interface Beat {
  /** Seconds that the line is away, and then there; 0: it stays. */
  readonly period: number;
  /** Seconds from the start of the download until the line first goes. */
  readonly before: number;
  /** Which part of the usual rate is left while it is away: 0.5 of two equal lines, 1 with a spare one. */
  readonly left: number;
}

/** @param usual seconds without outages */
export function idealSeconds(usual: number, { period, before, left }: Beat): number {
  if (period === 0 || usual <= before) return usual;
  // Work is counted in seconds at the usual rate.
  const ofBeat = period * (1 + left);
  const beats = Math.floor((usual - before) / ofBeat);
  const rest = usual - before - beats * ofBeat;
  const whileAway = Math.min(rest, period * left);
  const away = whileAway === 0 ? 0 : whileAway / left;
  return before + beats * 2 * period + (whileAway < rest ? period : away) + (rest - whileAway);
}
