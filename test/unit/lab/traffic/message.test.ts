import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  HEADER_BYTES,
  MessageReader,
  writeHeader,
  type MessageHeader,
} from '../../../../src/lab/traffic/message.ts';

function stream(count: number, size: number): Buffer {
  const bytes = Buffer.alloc(count * size, 0x2e);
  for (let seq = 0; seq < count; seq++) {
    writeHeader(bytes, seq * size, seq, 1e15 + seq, 1e15 + 2 * seq);
  }
  return bytes;
}

describe('messages', () => {
  test('are found whole, in order and once, however TCP cuts them', () => {
    const size = fc.integer({ min: HEADER_BYTES, max: 200 });
    const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });
    fc.assert(
      fc.property(size, fc.nat(30), cuts, (size, count, cuts) => {
        const bytes = stream(count, size);
        const reader = new MessageReader(size);
        const found: MessageHeader[] = [];
        for (let offset = 0, i = 0; offset < bytes.length; i++) {
          const end = offset + (cuts[i % cuts.length] ?? 1);
          reader.push(bytes.subarray(offset, end), (header) => found.push(header));
          offset = end;
        }
        const expected = Array.from({ length: count }, (_, seq) => {
          return { seq, dueNs: 1e15 + seq, sentNs: 1e15 + 2 * seq };
        });
        assert.deepEqual(found, expected);
        assert.equal(reader.pending, 0);
      }),
    );
  });

  test('a message counts with its last byte, not before', () => {
    const reader = new MessageReader(100);
    let count = 0;
    reader.push(stream(1, 100).subarray(0, 99), () => count++);
    assert.equal(count, 0);
    assert.equal(reader.pending, 99);
    reader.push(Buffer.alloc(1), () => count++);
    assert.equal(count, 1);
  });

  test('something else on the connection is not taken for a message', () => {
    const reader = new MessageReader(64);
    assert.throws(() => reader.push(Buffer.alloc(64), () => undefined), /not a message header/);
    assert.throws(() => new MessageReader(HEADER_BYTES - 1), RangeError);
  });
});
