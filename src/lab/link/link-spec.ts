/**
 * What a line is like, in each direction.
 *
 * Always: rates in bits per second, times in milliseconds, loss as a part of one.
 */
import type { Milliseconds } from '../../net/duration.ts';
import type { Direction } from './direction.ts';
import type { Delaying } from './held-packets.ts';
import type { Shape } from './shaping.ts';

export interface DirectionSpec extends Shape, Delaying {}

export interface LinkSpec extends Readonly<Record<Direction, DirectionSpec>> {
  /** Of the line and of the gateway's interface to it. */
  readonly mtu: number;
}

/** A line given by what people know of it: the same both ways unless said otherwise. */
export interface PlainLink extends Partial<DirectionSpec> {
  /** Added to the round trip by the line; half of it each way, in place of `delay`. */
  readonly rtt?: Milliseconds;
  readonly mtu?: number;
  readonly up?: Partial<DirectionSpec>;
  readonly down?: Partial<DirectionSpec>;
}

const PERFECT: DirectionSpec = { delay: 0, jitter: 0, loss: 0, reorder: false, queue: 'priority' };

export function linkSpec({ rtt, mtu = 1500, up, down, ...both }: PlainLink = {}): LinkSpec {
  const common = { ...PERFECT, ...(rtt === undefined ? {} : { delay: rtt / 2 }), ...both };
  return { mtu, up: { ...common, ...up }, down: { ...common, ...down } };
}
