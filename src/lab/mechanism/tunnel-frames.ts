/**
 * How the frames of a TUN device stand in a stream of bytes: a length of four octets, little-endian,
 * then the frame (a `virtio_net_hdr` and an IP packet of up to 64 KB, not yet cut into segments).
 *
 * Always holds: pure; frames are written and read where they lie, so none is copied but the part of one
 * that had not arrived whole. A length that no frame can have ends the stream: nothing behind it
 * could be found again.
 */
/**
 * Before the first frame, each way. Linux opens the other subflows of a connection only when the peer
 * has acknowledged some data, which must not have to wait for a host to speak.
 */
export const GREETING = Uint8Array.from([0x77, 0x74, 0x75, 0x6e]);
export const LENGTH_OCTETS = 4;
/** Of struct virtio_net_hdr, linux/virtio_net.h, as TUN has it by default. */
export const HEADER_OCTETS = 10;
export const LONGEST_FRAME = HEADER_OCTETS + 0xffff;

const LONGEST_RECORD = LENGTH_OCTETS + LONGEST_FRAME;

/** Frames one behind the other, to be sent at once. */
export class FrameBatch {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #end = 0;

  /** @param frames of the greatest length find room; small ones are many more. */
  constructor(frames: number) {
    this.#octets = new Uint8Array(frames * LONGEST_RECORD);
    this.#view = new DataView(this.#octets.buffer);
  }

  /** Where the next frame belongs, or undefined when there may be no room for it. */
  get room(): Uint8Array | undefined {
    const start = this.#end + LENGTH_OCTETS;
    if (start + LONGEST_FRAME > this.#octets.length) return undefined;
    return this.#octets.subarray(start, start + LONGEST_FRAME);
  }

  /** A frame of this length has been put into `room`. */
  add(length: number): void {
    this.#view.setUint32(this.#end, length, true);
    this.#end += LENGTH_OCTETS + length;
  }

  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = 0;
  }
}

/** Finds the frames in what arrives, wherever the stream was cut. */
export class FrameReader {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #end = 0;

  /** @param size of the buffer in octets: room for a frame at least. */
  constructor(size: number) {
    if (size < LONGEST_RECORD) throw new RangeError(`a frame may have ${LONGEST_RECORD} octets`);
    this.#octets = new Uint8Array(size);
    this.#view = new DataView(this.#octets.buffer);
  }

  /** Where the next octets of the stream belong; never empty. */
  get room(): Uint8Array {
    return this.#octets.subarray(this.#end);
  }

  /**
   * So many octets have been put into `room`. Hands over each frame that is whole now; it is gone when
   * the call returns.
   * @throws RangeError for a length that no frame has
   */
  take(count: number, onFrame: (frame: Uint8Array) => void): void {
    this.#end += count;
    let start = 0;
    while (this.#end - start >= LENGTH_OCTETS) {
      const length = this.#view.getUint32(start, true);
      if (length <= HEADER_OCTETS || length > LONGEST_FRAME) {
        throw new RangeError(`no frame has ${length} octets`);
      }
      const next = start + LENGTH_OCTETS + length;
      if (next > this.#end) break;
      onFrame(this.#octets.subarray(start + LENGTH_OCTETS, next));
      start = next;
    }
    this.#octets.copyWithin(0, start, this.#end);
    this.#end -= start;
  }
}
