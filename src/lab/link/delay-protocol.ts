/**
 * What is said to the delay line's process: one JSON object per line in, one per line out, in order.
 *
 * Always: requests are complete states, never increments, so asking twice is as good as once and
 * whoever asks need not know what was before.
 */
import { messageOf, WamptcpError } from '../../lib/errors.ts';
import type { Direction } from './direction.ts';
import type { Delaying } from './held-packets.ts';

/** The two queues of a line: number of the netfilter queue that serves each direction. */
export const QUEUE_OF: Readonly<Record<Direction, number>> = { up: 1, down: 2 };

export type DelayRequest =
  /** Takes both queues of a line, or leaves them as they are if it has them. */
  | { readonly do: 'attach'; readonly namespace: string }
  | {
      readonly do: 'set';
      readonly namespace: string;
      readonly direction: Direction;
      readonly how: Delaying;
    }
  | { readonly do: 'detach'; readonly namespace: string }
  | { readonly do: 'statistics' }
  | { readonly do: 'stop' };

export interface DirectionStatistics {
  /** Packets, or bundles of packets where segmentation is left to later. */
  readonly packets: number;
  readonly lost: number;
  readonly held: number;
  /** How much later than asked packets left, since the last question: mean and worst, ms. */
  readonly lateMean: number;
  readonly lateWorst: number;
}

export interface LineStatistics extends Record<Direction, DirectionStatistics> {
  readonly namespace: string;
}

export interface DelayStatistics {
  readonly lines: readonly LineStatistics[];
  readonly process: number;
  /** Processor time of the whole process, seconds. */
  readonly cpu: number;
}

export type DelayAnswer =
  | { readonly ok: true; readonly attached?: boolean; readonly statistics?: DelayStatistics }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly advice: string;
    };

export function failureAnswer(error: unknown): DelayAnswer {
  const known = error instanceof WamptcpError;
  const message = messageOf(error);
  const cause = known && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return {
    ok: false,
    code: known ? error.code : 'LAB_DELAY_FAILED',
    message: message + cause,
    advice: known ? error.advice : 'Look at the log of the delay line, beside its socket.',
  };
}
