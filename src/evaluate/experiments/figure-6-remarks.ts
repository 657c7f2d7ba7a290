/** What Figure 6 does not show as the paper does, and what stays open. Pure. */
import { percentText } from '../percent-text.ts';

/** Shares of sessions, of what the lines can carry. */
export interface Shares {
  readonly tcp: readonly number[];
  readonly mptcp: readonly number[];
  /** Of both at once, of what the lines carry: medians of batches; NaN: not measured. */
  readonly together: { readonly tcp: number; readonly mptcp: number; readonly batches: number };
}

/** Of the lines: what sessions of either kind are due of both at once, and what they had in the paper. */
const BOTH = {
  due: { tcp: 1 / 6, mptcp: 5 / 6 },
  paper: { tcp: 620 / 4500, mptcp: 3874 / 4500 },
} as const;

/** Of the paper’s greatest shares, below which ours are another thing than its. */
const PAPERS_GREATEST = 3;

/** Of MPTCP sessions, which part is within 5 % of what was fair; of what all got, and of the lines. */
export interface Near {
  readonly ofLines: number;
  readonly ofAll: number;
}

export interface Fairness {
  readonly found: Near;
  /** Which part should be that near. */
  readonly nearlyAll: number;
  /** With shorter queues, told in words; undefined: not measured. */
  readonly shortQueues?: (Near & { readonly words: string }) | undefined;
}

export function shareRemarks(
  { tcp, mptcp, together }: Shares,
  fairness: Fairness,
): readonly string[] {
  const isFair = fairness.found.ofLines >= fairness.nearlyAll;
  return [
    ...(mptcp.length === 0 || isFair ? [] : [notSoFair(mptcp.length, fairness)]),
    ...(tcp.length === 0 ? [] : greatest(tcp)),
    ...(Number.isNaN(together.tcp + together.mptcp) ? [] : [both(together)]),
  ];
}

function notSoFair(sessions: number, { found, shortQueues }: Fairness): string {
  const doubt =
    `Ours are ${sessions} sessions, and those of one batch depend on each other, so the part is less certain than its ` +
    'interval says.';
  if (shortQueues === undefined || shortQueues.ofAll <= found.ofAll) {
    return `Why fewer MPTCP sessions than in the paper are near their share is not known. ${doubt}`;
  }
  return (
    `Fewer MPTCP sessions than in the paper are near their share, and it is the queues: with ${shortQueues.words} ` +
    `${percentText(shortQueues.ofAll)} of them are within 5 % of an equal part of what all got, for ${percentText(found.ofAll)}, and ` +
    `${percentText(shortQueues.ofLines)} within 5 % of what the lines can carry, for ${percentText(found.ofLines)}. CUBIC comes to equal ` +
    'parts by losses, and the longer a full queue makes the round trip, the fewer there are in a minute. The paper does ' +
    `not say how long its queues were. ${doubt}`
  );
}

function greatest(tcp: readonly number[]): readonly string[] {
  const most = Math.max(...tcp);
  if (most >= PAPERS_GREATEST) return [];
  return [
    `No session of hashed TCP had three times its share, as a few of the paper’s more than 10,000; the most is ${most.toFixed(2)} times. ` +
      `Of ${tcp.length} sessions that says nothing about what is rare.`,
  ];
}

function both({ tcp, mptcp, batches }: Shares['together']): string {
  const times = (part: number, due: number): string => (part / due).toFixed(2);
  const { due, paper } = BOTH;
  const differs = tcp / due.tcp > 1 !== paper.tcp / due.tcp > 1;
  return (
    `Of both at once (medians of ${batches} batches) TCP had ${times(tcp, due.tcp)} times the sixth that is due to it, and MPTCP ${times(mptcp, due.mptcp)} times its ` +
    `five sixths; in the paper ${times(paper.tcp, due.tcp)} and ${times(paper.mptcp, due.mptcp)} times (620 and 3874 of 4500 Mb/s). ` +
    (differs ? 'Here the advantage is on the other side; why was not traced. ' : '') +
    'TCP sessions are not hashed by gateways there: the test draws the line of each at random.'
  );
}

/**
 * Between which parts of all lies the part of which so many of so many were drawn, with 95 % of
 * certainty if each was drawn by itself (Wilson's interval).
 */
export function interval(part: number, count: number): readonly [least: number, most: number] {
  const z = 1.96;
  const centre = part + z ** 2 / (2 * count);
  const width = z * Math.sqrt((part * (1 - part)) / count + (z / (2 * count)) ** 2);
  const scale = 1 + z ** 2 / count;
  return [(centre - width) / scale, (centre + width) / scale];
}
