import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  bindMessage,
  changeMessage,
  readMessages,
  VERDICT_BYTES,
  writeVerdict,
} from '../../../../src/lab/link/nfqueue-message.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('verdicts', () => {
  test('a batch accepts through an id, byte for byte as linux/netfilter/nfnetlink_queue.h has it', () => {
    const bytes = new Uint8Array(VERDICT_BYTES);
    writeVerdict(new DataView(bytes.buffer), 0, 2, 0x01020304, 'accept', 'through');
    assert.equal(
      hex(bytes),
      // length, type, flags, sequence, port | family, version, queue | length, type, verdict, id
      '20000000' +
        '0303' +
        '0100' +
        '00000000' +
        '00000000' +
        '00000002' +
        '0c000200' +
        '00000001' +
        '01020304',
    );
  });

  test('a single drop differs in type and verdict', () => {
    const bytes = new Uint8Array(VERDICT_BYTES);
    writeVerdict(new DataView(bytes.buffer), 0, 1, 7, 'drop', 'only');
    assert.equal(hex(bytes.subarray(4, 6)), '0103');
    assert.equal(hex(bytes.subarray(24)), '0000000000000007');
  });

  test('follow each other without a gap', () => {
    const bytes = new Uint8Array(VERDICT_BYTES * 2);
    const view = new DataView(bytes.buffer);
    const next = writeVerdict(view, 0, 1, 1, 'accept', 'through');
    assert.equal(next, VERDICT_BYTES);
    assert.equal(writeVerdict(view, next, 1, 2, 'drop', 'through'), bytes.length);
  });
});

describe('configuration', () => {
  test('binding asks for notes without payload, a long queue, bundles and no fail-open', () => {
    assert.equal(
      hex(bindMessage(1, 9, { maximumLength: 0x30d40, bundles: true })),
      '40000000' +
        '0203' +
        '0500' +
        '09000000' +
        '00000000' +
        '00000001' +
        '08000100' +
        '01000000' +
        '09000200' +
        '0000000001' +
        '000000' +
        '08000300' +
        '00030d40' +
        '08000400' +
        '00000005' +
        '08000500' +
        '00000004',
    );
  });

  test('single packets are asked for by clearing the flag, with the mask still set', () => {
    const bytes = hex(changeMessage(1, 9, { maximumLength: 1, bundles: false }));
    assert.ok(bytes.endsWith('08000400' + '00000005' + '08000500' + '00000000'));
  });
});

describe('reading', () => {
  const packet = (queue: number, id: number): string => {
    const word = (value: number): string => value.toString(16).padStart(8, '0');
    return (
      '24000000' +
      '0003' +
      '0000' +
      '00000000' +
      '00000000' +
      `0200${word(queue).slice(4)}` +
      '0b000100' +
      word(id) +
      '08000200' +
      '00000000'
    );
  };
  const read = (text: string): string[] => {
    const bytes = Buffer.from(text, 'hex');
    const seen: string[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    readMessages(view, 0, bytes.length, {
      packet: (queue, id) => seen.push(`packet ${queue}/${id}`),
      acknowledged: (sequence, errno) => seen.push(`ack ${sequence}: ${errno}`),
    });
    return seen;
  };

  test('finds queue and id of every packet of a datagram', () => {
    assert.deepEqual(read(packet(1, 77) + packet(2, 0xfffffffe)), [
      'packet 1/77',
      'packet 2/4294967294',
    ]);
  });

  test('finds the answer to a request, and its errno', () => {
    const answer =
      '24000000' + '0200' + '0000' + '05000000' + '00000000' + 'f0ffffff' + '00'.repeat(16);
    assert.deepEqual(read(answer), ['ack 5: 16']);
  });

  test('stops at what cannot be a message', () => {
    assert.deepEqual(read(packet(1, 1) + '00'.repeat(24)), ['packet 1/1']);
    assert.deepEqual(read(packet(1, 1).slice(0, 60)), []);
  });
});
