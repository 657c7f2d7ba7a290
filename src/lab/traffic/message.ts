/**
 * The messages of a stream on the wire: fixed size, a 24-byte header (sequence number, mark, due
 * time, time handed to the kernel), then filling. `MessageReader` finds them in whatever pieces TCP
 * delivers, without copying more than headers.
 */

import type { Nanoseconds } from './monotonic.ts';

export const HEADER_BYTES = 24;

const MARK = 0x77616d70;

export type MessageHeader = {
  readonly seq: number;
  readonly dueNs: Nanoseconds;
  readonly sentNs: Nanoseconds;
};

export function writeHeader(
  buffer: Buffer,
  offset: number,
  seq: number,
  dueNs: Nanoseconds,
  sentNs: Nanoseconds,
): void {
  buffer.writeUInt32LE(seq, offset);
  buffer.writeUInt32LE(MARK, offset + 4);
  buffer.writeDoubleLE(dueNs, offset + 8);
  buffer.writeDoubleLE(sentNs, offset + 16);
}

export function readHeader(buffer: Buffer): MessageHeader {
  if (buffer.readUInt32LE(4) !== MARK) throw new Error('stream: not a message header');
  return {
    seq: buffer.readUInt32LE(0),
    dueNs: buffer.readDoubleLE(8),
    sentNs: buffer.readDoubleLE(16),
  };
}

export class MessageReader {
  readonly #size: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #filled = 0;

  constructor(size: number) {
    if (size < HEADER_BYTES) throw new RangeError(`stream: size must be at least ${HEADER_BYTES}`);
    this.#size = size;
  }

  /** Bytes of a message that has begun and is not complete. */
  get pending(): number {
    return this.#filled;
  }

  /** Calls `onMessage` for each message whose last byte lies in `chunk`, in order. */
  push(chunk: Buffer, onMessage: (header: MessageHeader) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      const step = Math.min(this.#size - this.#filled, chunk.length - offset);
      if (this.#filled < HEADER_BYTES) {
        const end = offset + Math.min(HEADER_BYTES - this.#filled, step);
        chunk.copy(this.#header, this.#filled, offset, end);
      }
      this.#filled += step;
      offset += step;
      if (this.#filled === this.#size) {
        this.#filled = 0;
        onMessage(readHeader(this.#header));
      }
    }
  }
}
