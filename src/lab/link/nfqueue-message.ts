/**
 * The messages of nfnetlink_queue that the delay line speaks, as bytes: configuration and verdicts
 * out, packets and acknowledgements in. Pure: no socket here.
 *
 * Always: netlink headers and attribute headers are in the machine's byte order (little-endian on
 * every platform we run on), what is inside nfnetlink's own fields is big-endian; every message is
 * a multiple of four bytes, so messages may follow each other in one datagram.
 */
const NLMSG_ERROR = 2;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const SUBSYSTEM_QUEUE = 3 << 8;
const MSG_PACKET = SUBSYSTEM_QUEUE | 0;
const MSG_CONFIG = SUBSYSTEM_QUEUE | 2;
const MSG_VERDICT = SUBSYSTEM_QUEUE | 1;
const MSG_VERDICT_BATCH = SUBSYSTEM_QUEUE | 3;

const NFQA_VERDICT_HDR = 2;
const NFQA_CFG_CMD = 1;
const NFQA_CFG_PARAMS = 2;
const NFQA_CFG_QUEUE_MAXLEN = 3;
const NFQA_CFG_MASK = 4;
const NFQA_CFG_FLAGS = 5;
const CFG_CMD_BIND = 1;
const COPY_META = 1;
const FLAG_FAIL_OPEN = 1;
const FLAG_GSO = 4;

/** nlmsghdr and nfgenmsg. */
const HEADER_BYTES = 20;

export const VERDICT_BYTES = 32;
export type Verdict = 'accept' | 'drop';

/**
 * How much of a batch a verdict covers: `through` all packets the queue holds up to and including
 * this id, in the order they came; `only` the one packet.
 */
export type VerdictReach = 'through' | 'only';

/** Writes one verdict at `offset` and returns the offset after it. */
export function writeVerdict(
  view: DataView,
  offset: number,
  queue: number,
  id: number,
  verdict: Verdict,
  reach: VerdictReach,
): number {
  const type = reach === 'through' ? MSG_VERDICT_BATCH : MSG_VERDICT;
  writeHeader(view, offset, VERDICT_BYTES, type, NLM_F_REQUEST, 0, queue);
  view.setUint16(offset + 20, 12, true);
  view.setUint16(offset + 22, NFQA_VERDICT_HDR, true);
  view.setUint32(offset + 24, verdict === 'accept' ? 1 : 0);
  view.setUint32(offset + 28, id);
  return offset + VERDICT_BYTES;
}

export interface QueueSettings {
  /** Packets the kernel holds for us before it drops. */
  readonly maximumLength: number;
  /**
   * Hand over segmentation bundles whole. Much cheaper, but one verdict then decides up to 64 kB,
   * so it must be off where single packets are to be lost.
   */
  readonly bundles: boolean;
}

/** Takes the queue for this socket; packets come without their payload. */
export function bindMessage(queue: number, sequence: number, settings: QueueSettings): Uint8Array {
  return configMessage(queue, sequence, [
    [NFQA_CFG_CMD, Uint8Array.of(CFG_CMD_BIND, 0, 0, 0)],
    [NFQA_CFG_PARAMS, Uint8Array.of(0, 0, 0, 0, COPY_META)],
    ...settingsAttributes(settings),
  ]);
}

/** Changes a queue that this socket has already. */
export function changeMessage(
  queue: number,
  sequence: number,
  settings: QueueSettings,
): Uint8Array {
  return configMessage(queue, sequence, settingsAttributes(settings));
}

type Attribute = readonly [type: number, payload: Uint8Array];

function settingsAttributes(settings: QueueSettings): Attribute[] {
  return [
    [NFQA_CFG_QUEUE_MAXLEN, bigEndian32(settings.maximumLength)],
    // The mask names fail-open too, so that it is off whatever it was: an overfull queue drops, as
    // an overfull line does, instead of letting packets overtake.
    [NFQA_CFG_MASK, bigEndian32(FLAG_FAIL_OPEN | FLAG_GSO)],
    [NFQA_CFG_FLAGS, bigEndian32(settings.bundles ? FLAG_GSO : 0)],
  ];
}

function configMessage(
  queue: number,
  sequence: number,
  attributes: readonly Attribute[],
): Uint8Array {
  const padded = (length: number): number => (length + 3) & ~3;
  const total = attributes.reduce((sum, [, p]) => sum + 4 + padded(p.length), HEADER_BYTES);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  writeHeader(view, 0, total, MSG_CONFIG, NLM_F_REQUEST | NLM_F_ACK, sequence, queue);
  let offset = HEADER_BYTES;
  for (const [type, payload] of attributes) {
    view.setUint16(offset, 4 + payload.length, true);
    view.setUint16(offset + 2, type, true);
    bytes.set(payload, offset + 4);
    offset += 4 + padded(payload.length);
  }
  return bytes;
}

function writeHeader(
  view: DataView,
  offset: number,
  length: number,
  type: number,
  flags: number,
  sequence: number,
  queue: number,
): void {
  view.setUint32(offset, length, true);
  view.setUint16(offset + 4, type, true);
  view.setUint16(offset + 6, flags, true);
  view.setUint32(offset + 8, sequence, true);
  view.setUint32(offset + 12, 0, true);
  view.setUint16(offset + 16, 0);
  view.setUint16(offset + 18, queue);
}

function bigEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export interface MessageHandler {
  packet(queue: number, id: number): void;
  /** The answer to a configuration; `errno` 0 is success. */
  acknowledged(sequence: number, errno: number): void;
}

/** Reads the messages of one datagram, which takes bytes `start` to `end` of the view. */
export function readMessages(
  view: DataView,
  start: number,
  end: number,
  handler: MessageHandler,
): void {
  let offset = start;
  while (offset + HEADER_BYTES <= end) {
    const length = view.getUint32(offset, true);
    // A length that cannot be would have us loop for ever.
    if (length < 16 || offset + length > end) return;
    const type = view.getUint16(offset + 4, true);
    if (type === MSG_PACKET) {
      // The packet header is the first attribute of every packet message (nfqnl_build_packet_message).
      handler.packet(view.getUint16(offset + 18), view.getUint32(offset + 24));
    } else if (type === NLMSG_ERROR) {
      handler.acknowledged(view.getUint32(offset + 8, true), -view.getInt32(offset + 16, true));
    }
    offset += (length + 3) & ~3;
  }
}
