/**
 * What fping prints → round-trip times per path; pure. One fping process asks all paths in turn.
 *
 * Always holds: a line that is not understood is ignored.
 */

export interface Probe {
  /** The tunnel's device. */
  readonly device: string;
  /** Milliseconds; undefined: no answer in time. */
  readonly roundTrip: number | undefined;
}

export interface RoundTrip {
  /** Milliseconds. */
  readonly last: number | undefined;
  /** Smoothed as TCP does it (RFC 6298 section 2), milliseconds. */
  readonly smoothed: number | undefined;
  /** Share of the last probes that had no answer, 0 … 1. */
  readonly loss: number;
  readonly recent: readonly boolean[];
}

export const LOSS_WINDOW = 30;

export const NO_ROUND_TRIP: RoundTrip = {
  last: undefined,
  smoothed: undefined,
  loss: 0,
  recent: [],
};

const LINE = /^\S+%(\S+)\s*: \[\d+\], (?:timed out|\d+ bytes, ([\d.]+) ms)/;

export function parseProbe(line: string): Probe | undefined {
  const match = LINE.exec(line);
  if (match?.[1] === undefined) return undefined;
  return { device: match[1], roundTrip: match[2] === undefined ? undefined : Number(match[2]) };
}

/** @param window so many last probes are counted. */
export function addProbe(
  before: RoundTrip,
  probe: Pick<Probe, 'roundTrip'>,
  window = LOSS_WINDOW,
): RoundTrip {
  const recent = [...before.recent, probe.roundTrip !== undefined].slice(-window);
  const loss = recent.filter((answered) => !answered).length / recent.length;
  if (probe.roundTrip === undefined) return { ...before, last: undefined, loss, recent };
  const smoothed =
    before.smoothed === undefined
      ? probe.roundTrip
      : before.smoothed + (probe.roundTrip - before.smoothed) / 8;
  return { last: probe.roundTrip, smoothed, loss, recent };
}
