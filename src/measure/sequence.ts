/**
 * Sequence numbers without their wrap-around.
 *
 * Always holds: two that are less than half their range apart keep their distance and order.
 */

const RANGE_32 = 2 ** 32;

/** The number that is `value` in its lowest 32 bits and nearest to `near`. */
export function unwrap(value: number, near: number): number {
  return value + Math.round((near - value) / RANGE_32) * RANGE_32;
}

/** How far the 64-bit number `to` is ahead of `from`, within ± 2^63. */
export function distance64(from: bigint, to: bigint): number {
  return Number(BigInt.asIntN(64, to - from));
}
