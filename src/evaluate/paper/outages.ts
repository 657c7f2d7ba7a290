/**
 * Table II of the paper, seconds, and what it says of Figures 7 to 16.
 *
 * Always holds: as printed; where BFD matters, by its interval in milliseconds.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';

export interface OutageFigures {
  readonly throughputFailure: string;
  readonly latencyFailure: string;
  readonly throughputRecovery: string;
  readonly latencyRecovery: string;
}

type ByBfd = Readonly<Partial<Record<0 | 100 | 1000, OutageFigures>>>;

const figures = (
  throughputFailure: string,
  latencyFailure: string,
  throughputRecovery: string,
): OutageFigures => ({
  throughputFailure,
  latencyFailure,
  throughputRecovery,
  latencyRecovery: '0',
});

/** 0: the mechanism does not detect. */
const TABLE_2: Readonly<Partial<Record<MechanismName, ByBfd>>> = {
  handoff: { 1000: figures('3.77', '3.52', '1.33'), 100: figures('0.63', '0.56', '0.42') },
  tunnel: { 0: figures('0', '0.34', '6.57') },
  proxy: { 0: figures('0', '0.37', '6.41') },
  wamptcp: { 0: figures('0', '0.32', '6.86') },
  'wamptcp-fr': { 1000: figures('0', '0.32', '1.28'), 100: figures('0', '0.32', '0.44') },
};

export function paperOutage(name: MechanismName, bfd: number): OutageFigures | undefined {
  const row = TABLE_2[name];
  return bfd === 0 || bfd === 100 || bfd === 1000 ? row?.[bfd] : undefined;
}

export const PAPER_SAYS = {
  table2:
    'only Tunnel Handoff loses throughput at a failure; without Fast Recovery the second line is back ' +
    'after some seven seconds, with it after little more than BFD takes.',
  traces: {
    handoff: 'more than three seconds without anything at BFD 1 s.',
    tunnel: 'the MPTCP Tunnel is unstable.',
    wamptcp: 'no downtime; after healing the second line needs five seconds more.',
    'wamptcp-fr': 'no downtime, and the second line is back at once.',
  },
  timers:
    'of mechanisms that detect by BFD, recovery gets slower with a longer interval, and failure where one line is used at a time; the ' +
    'others do not depend on it.',
  outageLength: 'without Fast Recovery it grows with the outage, by backoff; with it, it is flat.',
  rtt: 'recovery grows with the round trip for all mechanisms, up to 20 s.',
  competing: 'little effect; T-latency-failure grows.',
} as const;
