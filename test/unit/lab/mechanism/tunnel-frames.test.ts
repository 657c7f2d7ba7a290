/** Frames in a stream of bytes: whatever goes in comes out, however the stream is cut. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import {
  FrameBatch,
  FrameReader,
  HEADER_OCTETS,
  LENGTH_OCTETS,
  LONGEST_FRAME,
} from '../../../../src/lab/mechanism/tunnel-frames.ts';

const SIZE = 2 * LONGEST_FRAME;

/** One of a length, with contents that tell its octets apart. */
function frame(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 0xff);
}

/** The stream that a sender makes of them, one batch after the other. */
function streamOf(frames: readonly Uint8Array[]): Uint8Array {
  const batch = new FrameBatch(2);
  const parts: Uint8Array[] = [];
  const flush = (): void => {
    parts.push(batch.octets.slice());
    batch.clear();
  };
  for (const each of frames) {
    if (batch.room === undefined) flush();
    batch.room?.set(each);
    batch.add(each.length);
  }
  flush();
  return Uint8Array.from(Buffer.concat(parts));
}

/** What a receiver hands over when the stream arrives in pieces of these sizes, again and again. */
function received(stream: Uint8Array, pieces: readonly number[]): Uint8Array[] {
  const reader = new FrameReader(SIZE);
  const frames: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const { room } = reader;
    const piece = stream.subarray(at, at + Math.min(pieces[turn % pieces.length]!, room.length));
    room.set(piece);
    reader.take(piece.length, (each) => frames.push(each.slice()));
    at += piece.length;
  }
  return frames;
}

function withLength(length: number): Uint8Array {
  const octets = new Uint8Array(LENGTH_OCTETS);
  new DataView(octets.buffer).setUint32(0, length, true);
  return octets;
}

describe('frames in a stream', () => {
  const length = fc.oneof(
    fc.integer({ min: HEADER_OCTETS + 1, max: 1600 }),
    fc.constantFrom(LONGEST_FRAME, LONGEST_FRAME - 1),
  );

  test('any sequence of frames comes out whole, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(length, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 8 }),
        (lengths, pieces) => {
          const frames = lengths.map(frame);
          const got = received(streamOf(frames), pieces);
          assert.equal(got.length, frames.length);
          assert.ok(got.every((each, index) => Buffer.compare(each, frames[index]!) === 0));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('also octet by octet', () => {
    const frames = [HEADER_OCTETS + 1, 60, 1500].map(frame);
    assert.deepEqual(received(streamOf(frames), [1]), frames);
  });

  test('a frame whose end is missing is kept back', () => {
    const stream = streamOf([frame(100), frame(200)]);
    assert.deepEqual(received(stream.subarray(0, -1), [50]), [frame(100)]);
  });

  for (const [what, wrong] of [
    ['zero', 0],
    ['a header without a packet', HEADER_OCTETS],
    ['more than a packet can have', LONGEST_FRAME + 1],
    ['4 GB', 0xffff_ffff],
  ] as const) {
    test(`a length of ${what} is refused`, () => {
      assert.throws(() => received(withLength(wrong), [LENGTH_OCTETS]), RangeError);
    });
  }
});

describe('FrameBatch', () => {
  test('has room as long as the longest frame would fit', () => {
    const batch = new FrameBatch(2);
    batch.add(LONGEST_FRAME);
    assert.equal(batch.room?.length, LONGEST_FRAME);
    batch.add(HEADER_OCTETS + 1);
    assert.equal(batch.room, undefined);
    batch.clear();
    assert.equal(batch.octets.length, 0);
    assert.notEqual(batch.room, undefined);
  });
});

test('a reader that could never hold the longest frame is refused', () => {
  assert.throws(() => new FrameReader(LONGEST_FRAME), RangeError);
});
