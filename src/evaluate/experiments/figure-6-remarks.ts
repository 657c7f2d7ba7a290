/** What Figure 6 does not show as the paper does, and what stays open. Pure. */

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

/** @param nearlyAll what part of MPTCP sessions should be within 5 % */
export function shareRemarks(
  { tcp, mptcp, together }: Shares,
  { within, nearlyAll }: { readonly within: number; readonly nearlyAll: number },
): readonly string[] {
  return [
    ...(mptcp.length === 0 || within >= nearlyAll ? [] : [notSoFair(mptcp.length)]),
    ...(tcp.length === 0 ? [] : greatest(tcp)),
    ...(Number.isNaN(together.tcp + together.mptcp) ? [] : [both(together)]),
  ];
}

function notSoFair(sessions: number): string {
  return (
    'Why fewer MPTCP sessions than in the paper are near their share is not known: the paper’s ran for 60 s, over lines five times as ' +
    `fast. Ours are ${sessions}, and those of one batch depend on each other, so the part is less certain than its interval says.`
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
