import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BLOCK_BYTES, BulkData } from '../../../../src/lab/traffic/bulk-data.ts';
import { isIntact } from '../../../../src/lab/traffic/bulk-run.ts';
import { shareOf } from '../../../../src/lab/traffic/bulk-share.ts';
import { bulkSummary, megabitsPerSecond } from '../../../../src/lab/traffic/bulk-summary.ts';

function read(data: BulkData, bytes: number): Buffer {
  const pieces: Buffer[] = [];
  while (data.bytes < bytes) pieces.push(...data.next(bytes - data.bytes));
  return Buffer.concat(pieces);
}

describe('bulk data', () => {
  test('has exactly the bytes asked for, at any size', () => {
    for (const bytes of [1, 15, 16, 17, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES - 5]) {
      assert.equal(read(new BulkData(0), bytes).length, bytes);
    }
  });

  test('is the same for the same seed, other for another, and no block comes twice', () => {
    const bytes = 3 * BLOCK_BYTES;
    const one = read(new BulkData(1), bytes);
    assert.ok(one.equals(read(new BulkData(1), bytes)));
    assert.ok(!one.equals(read(new BulkData(2), bytes)));
    const blocks = [0, 1, 2].map((i) => one.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES));
    assert.equal(new Set(blocks.map((block) => block.toString('latin1'))).size, 3);
  });

  test('feeds the hash with what it returns', () => {
    const hash = createHash('sha256');
    const bytes = read(new BulkData(0, hash), BLOCK_BYTES + 100);
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('bulk transfer', () => {
  test('its connections share the bytes evenly and completely', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 256 }), (bytes, connections) => {
        const shares = Array.from({ length: connections }, (_, i) =>
          shareOf(bytes, i, connections),
        );
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0),
          bytes,
        );
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
      }),
    );
  });

  test('counts decimal megabits', () => {
    assert.equal(megabitsPerSecond(125_000_000, 1e9), 1000);
    assert.equal(megabitsPerSecond(1, 0), 0);
  });

  test('is intact if both ends have the same bytes and digests, in whatever order', () => {
    const part = (bytes: number, sha256: string[], complete = true) =>
      bulkSummary({
        ...{ role: 'sender', transfer: 't', complete, bytes, durationNs: 1e9, sha256 },
        ...{ connections: [], cpu: { user: 0, system: 0 } },
      });
    const received = { ...part(30, ['b', 'a']), role: 'receiver' as const };
    assert.ok(isIntact(received, [part(10, ['a']), part(20, ['b'])]));
    assert.ok(!isIntact(received, [part(10, ['a']), part(20, ['c'])]));
    assert.ok(!isIntact(received, [part(10, ['a'])]));
    assert.ok(!isIntact(received, [part(30, ['a', 'b'], false)]));
  });
});
