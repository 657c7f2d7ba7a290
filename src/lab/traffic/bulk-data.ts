/**
 * Reproducible pseudo-random data for bulk transfers, at the speed of memory: every block is a
 * 16-byte head (block number, seed) and the same AES-CTR keystream, which is never copied. Two
 * readers of the same seed see the same bytes, no two blocks of a stream are equal, and nothing on
 * the way can compress it or mistake one piece for another.
 */

import { createCipheriv, type Hash } from 'node:crypto';

export const BLOCK_BYTES = 256 * 1024;
const HEAD_BYTES = 16;

const BODY = createCipheriv('aes-128-ctr', Buffer.alloc(16, 0x77), Buffer.alloc(16)).update(
  Buffer.alloc(BLOCK_BYTES - HEAD_BYTES),
);

export class BulkData {
  readonly #seed: number;
  readonly #hash: Hash | undefined;
  #block = 0;
  #bytes = 0;

  /** `hash`, if given, is fed with everything that `next` returns. */
  constructor(seed: number, hash?: Hash) {
    this.#seed = seed;
    this.#hash = hash;
  }

  /** Bytes returned so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The next block in its two pieces, cut to `limit` bytes: only the last block may be cut. */
  next(limit = BLOCK_BYTES): readonly [head: Buffer, body: Buffer] {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeDoubleLE(this.#block++, 0);
    head.writeDoubleLE(this.#seed, 8);
    const pieces = [
      head.subarray(0, Math.min(limit, HEAD_BYTES)),
      BODY.subarray(0, Math.max(0, Math.min(limit, BLOCK_BYTES) - HEAD_BYTES)),
    ] as const;
    for (const piece of pieces) this.#hash?.update(piece);
    this.#bytes += pieces[0].length + pieces[1].length;
    return pieces;
  }
}
