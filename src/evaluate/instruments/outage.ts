/**
 * One connection while one of its lines dies and returns: what is asked, and what comes of it. Without
 * an outage: what its timers cost while nothing is wrong.
 */
import { z } from 'zod';

import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import type { Instrument } from '../experiment.ts';
import type { Policy } from '../policies.ts';
import { measureOutage } from './outage-run.ts';

export type OutageParameters = {
  readonly mechanism: MechanismName;
  /** Milliseconds; 0 for a mechanism that does not detect. */
  readonly bfd: number;
  /** Milliseconds, added. */
  readonly rtt: number;
  /** How long a full queue of a line takes to drain, milliseconds; 0: the lab's own. */
  readonly buffer: number;
  /** Seconds: until the cut, until healing, until the end; an outage of 0: nothing is cut. */
  readonly before: number;
  readonly outage: number;
  readonly after: number;
  /** Plain TCP downloads beside it. */
  readonly competing: number;
  /** `bulk`, or light messages that leave by one line. */
  readonly load: 'bulk' | 'stream';
  /** Of the hosts; empty and 0: the mechanism's own. */
  readonly control: string;
  /** Milliseconds. */
  readonly rtoMin: number;
  readonly staleLossCount: number;
  readonly policy: Policy;
};

const metric = z.number().nullable();

export const outageResult = z.object({
  /** Milliseconds; null: not restored, or not to be told. */
  throughputFailure: metric,
  throughputRecovery: metric,
  latencyFailure: metric,
  latencyRecovery: metric,
  lostBytes: metric,
  /** How the latency was found. */
  method: z.string(),
  /** Mb/s of new data at the receiver, before the cut, and in the second half of the outage. */
  goodput: z.object({ before: metric, during: metric }),
  longestPauseMs: metric,
  /** The greatest delay of a message; null for bulk. */
  messageDelayMs: metric,
  reinjectedBytes: z.number(),
  retransmittedBytes: z.number(),
  /** Segments that the receiver said it had already (RFC 2883): sent again needlessly. */
  needlessSegments: z.number(),
  /** How often the sender gave a subflow up for a while and sent all that was unconfirmed elsewhere. */
  staleSubflows: z.number(),
  /** Each 100 ms: seconds since the cut, Mb/s by line. */
  rates: z.array(z.object({ at: z.number(), lines: z.array(z.number()) })),
  /** Seconds since the cut, and so `at` of the rates; without an outage since the middle. */
  healedAt: z.number(),
});

export type OutageResult = z.infer<typeof outageResult>;

/** Set-up, captures read. */
const OVERHEAD_SECONDS = 7;

export const outage: Instrument<OutageParameters, OutageResult> = {
  name: 'outage',
  result: outageResult,
  estimate: ({ before, outage: dead, after }) => before + dead + after + OVERHEAD_SECONDS,
  measure: measureOutage,
};

/** What is not given is as in the paper's Table II; what does not matter to a mechanism is left out. */
export function outageParameters(
  given: Pick<OutageParameters, 'mechanism'> & Partial<OutageParameters>,
): OutageParameters {
  return {
    ...{ rtt: 1, buffer: 0, before: 5, outage: 10, after: 10, competing: 0, load: 'bulk' },
    ...{ control: '', rtoMin: 0, staleLossCount: 0, policy: 'none' },
    ...given,
    bfd: mechanism(given.mechanism).detects ? (given.bfd ?? 100) : 0,
  };
}

/** A light stream may have gone to the other line in the moment before the cut: then it is cut once more. */
