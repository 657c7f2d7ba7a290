/**
 * Shares of sessions: what each got of what was fair (Figure 6). Pure.
 *
 * Always holds: a session's fair part is that of its subflows, one for TCP, one per line for MPTCP.
 */
import { sum } from '../../lib/sum.ts';
import { pooledCell } from '../cell.ts';
import type { MeasuredCell, Outcome } from '../experiment.ts';
import type { Batch, FairnessResult } from '../instruments/fairness.ts';
import { PAYLOAD } from '../payload.ts';

/** So slow that two processors carry fifteen sessions easily; Mb/s. */
export const RATE = 200;
export const LINES = 5;

export type Protocol = Batch[number]['protocol'];
export type Found = readonly Outcome<FairnessResult>[];

/** What a fair part is a part of: all that the lines carry, or what the sessions of the batch got together. */
type Whole = 'lines' | 'sessions';

const ALMOST = 0.05;

export function sharesOf(found: Found, whole: Whole, protocol?: Protocol): readonly number[] {
  return batchesOf(found).flatMap((batch) => sharesIn(batch, whole, protocol));
}

export function batchesOf(found: Found): readonly Batch[] {
  return found.flatMap((outcome) => (outcome.kind === 'measured' ? outcome.value.batches : []));
}

/** Which part of them is within 5 % of 1. */
export function within(shares: readonly number[]): number {
  return shares.filter((share) => Math.abs(share - 1) <= ALMOST).length / shares.length;
}

/** What those of a protocol got together, percent of what the lines carry of it: one value per batch. */
export function used(found: Found, protocol: Protocol): MeasuredCell {
  const part = (batch: Batch): number =>
    (100 * sum(batch.filter((one) => one.protocol === protocol).map(({ mbps }) => mbps))) /
    (LINES * RATE * PAYLOAD[protocol]);
  return pooledCell(found, ({ batches }) => batches.map(part), { digits: 0 });
}

function sharesIn(batch: Batch, whole: Whole, protocol: Protocol | undefined): readonly number[] {
  const all = sum(batch.map((session) => subflowsOf(session.protocol)));
  const got = sum(batch.map(({ mbps }) => mbps));
  return batch
    .filter((session) => protocol === undefined || session.protocol === protocol)
    .map((session) => {
      const total = whole === 'lines' ? LINES * RATE * PAYLOAD[session.protocol] : got;
      return session.mbps / ((total * subflowsOf(session.protocol)) / all);
    });
}

function subflowsOf(protocol: Protocol): number {
  return protocol === 'mptcp' ? LINES : 1;
}
