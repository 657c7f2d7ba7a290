/**
 * One netlink socket that owns queues in one network namespace: takes packets in batches, sends
 * verdicts in batches.
 *
 * Always: the calling thread is back in its own namespace when the constructor returns or throws.
 * The socket keeps its namespace alive, also after `ip netns del`, until close().
 */
import { closeSync, openSync, statSync } from 'node:fs';
import { WamptcpError } from '../../lib/errors.ts';
import {
  AF_NETLINK,
  CLONE_NEWNET,
  EAGAIN,
  EINTR,
  MSG_DONTWAIT,
  NETLINK_NETFILTER,
  NETLINK_NO_ENOBUFS,
  SOCK_RAW_CLOEXEC,
  SOL_NETLINK,
  SOL_SOCKET,
  SO_RCVBUFFORCE,
  libc,
  systemCallError,
} from './libc.ts';
import {
  bindMessage,
  changeMessage,
  readMessages,
  VERDICT_BYTES,
  writeVerdict,
  type MessageHandler,
  type QueueSettings,
  type Verdict,
  type VerdictReach,
} from './nfqueue-message.ts';

export const NAMESPACE_DIRECTORY = '/run/netns';

/** Tells a namespace from an earlier one of the same name. */
export function namespaceIdentity(namespace: string): number {
  return statSync(`${NAMESPACE_DIRECTORY}/${namespace}`, { throwIfNoEntry: false })?.ino ?? 0;
}

const BATCH = 64;
/** A packet message without payload takes 80 to 200 bytes. */
const MESSAGE_BYTES = 1024;
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const VERDICTS = 64;
/** Each waiting message costs the kernel about 1 kB: room for some 30 000. */
const RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024;

export class NfqueueSocket {
  readonly fd: number;
  #sequence = 0;
  // Everything the kernel is given addresses of lives in these two, for as long as the socket.
  readonly #received = new ArrayBuffer(BATCH * (MMSGHDR_BYTES + IOVEC_BYTES + MESSAGE_BYTES));
  readonly #verdicts = new Uint8Array(VERDICTS * VERDICT_BYTES);
  readonly #headers = new Uint8Array(this.#received);
  readonly #view = new DataView(this.#received);
  readonly #verdictView = new DataView(this.#verdicts.buffer);
  #verdictEnd = 0;

  constructor(namespace: string) {
    this.fd = openIn(namespace);
    libc.setOption(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
    // A full buffer loses packets, which is what a full line does; it need not be told twice.
    libc.setOption(this.fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
    this.#layOut();
  }

  bind(queue: number, settings: QueueSettings, handler: MessageHandler): void {
    this.#request(bindMessage(queue, ++this.#sequence, settings), queue, handler);
  }

  change(queue: number, settings: QueueSettings, handler: MessageHandler): void {
    this.#request(changeMessage(queue, ++this.#sequence, settings), queue, handler);
  }

  /** Hands over all messages that are waiting, at most BATCH; true when there may be more. */
  receive(handler: MessageHandler): boolean {
    const count = libc.recvmmsg(this.fd, this.#headers, BATCH, MSG_DONTWAIT, null);
    if (count < 0) {
      const errno = libc.errno();
      if (errno === EAGAIN || errno === EINTR) return false;
      throw systemCallError('recvmmsg', errno);
    }
    for (let i = 0; i < count; i++) {
      const start = messageOffset(i);
      readMessages(this.#view, start, start + this.#view.getUint32(i * 64 + 56, true), handler);
    }
    return count === BATCH;
  }

  /** Sent when VERDICTS have come together, or with flush(). */
  verdict(queue: number, id: number, verdict: Verdict, reach: VerdictReach): void {
    this.#verdictEnd = writeVerdict(this.#verdictView, this.#verdictEnd, queue, id, verdict, reach);
    if (this.#verdictEnd === this.#verdicts.length) this.flush();
  }

  flush(): void {
    if (this.#verdictEnd === 0) return;
    const end = this.#verdictEnd;
    this.#verdictEnd = 0;
    // The kernel forwards the packets inside this call.
    if (libc.send(this.fd, this.#verdicts, end, 0) < 0) throw systemCallError('send');
  }

  close(): void {
    libc.close(this.fd);
  }

  #request(message: Uint8Array, queue: number, handler: MessageHandler): void {
    const sequence = this.#sequence;
    let errno: number | undefined;
    if (libc.send(this.fd, message, message.length, 0) < 0) throw systemCallError('send');
    // The kernel answers before send returns, though packets of other queues may come first.
    const listener: MessageHandler = {
      packet: (number, id) => handler.packet(number, id),
      acknowledged: (answered, result) => {
        if (answered === sequence) errno = result;
      },
    };
    while (this.receive(listener));
    if (errno === 0) return;
    throw new WamptcpError(
      'LAB_QUEUE_REFUSED',
      `The kernel did not give us packet queue ${queue}.`,
      {
        cause: errno === undefined ? new Error('no answer') : systemCallError('NFQNL_CFG', errno),
        advice:
          'Another program may hold this queue number in the namespace (see /proc/net/netfilter/nfnetlink_queue there), or the kernel lacks CONFIG_NETFILTER_NETLINK_QUEUE.',
      },
    );
  }

  #layOut(): void {
    const base = libc.address(this.#received);
    for (let i = 0; i < BATCH; i++) {
      const iovec = BATCH * MMSGHDR_BYTES + i * IOVEC_BYTES;
      // struct mmsghdr: name, namelen, iov, iovlen, control, controllen, flags, len.
      this.#view.setBigUint64(i * MMSGHDR_BYTES + 16, base + BigInt(iovec), true);
      this.#view.setBigUint64(i * MMSGHDR_BYTES + 24, 1n, true);
      this.#view.setBigUint64(iovec, base + BigInt(messageOffset(i)), true);
      this.#view.setBigUint64(iovec + 8, BigInt(MESSAGE_BYTES), true);
    }
  }
}

function messageOffset(index: number): number {
  return BATCH * (MMSGHDR_BYTES + IOVEC_BYTES) + index * MESSAGE_BYTES;
}

function openIn(namespace: string): number {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const there = openNamespace(namespace);
    try {
      if (libc.setns(there, CLONE_NEWNET) < 0) throw systemCallError('setns');
      const fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER);
      const failure = fd < 0 ? systemCallError('socket') : undefined;
      // A thread left behind would open every later socket in the wrong place.
      if (libc.setns(own, CLONE_NEWNET) < 0) throw systemCallError('setns');
      if (failure !== undefined) throw failure;
      return fd;
    } finally {
      closeSync(there);
    }
  } finally {
    closeSync(own);
  }
}

function openNamespace(namespace: string): number {
  try {
    return openSync(`${NAMESPACE_DIRECTORY}/${namespace}`, 'r');
  } catch (cause) {
    throw new WamptcpError('LAB_NO_NAMESPACE', `There is no network namespace ${namespace}.`, {
      cause,
      advice:
        'Build the line before its impairment is started; `ip netns list` shows what there is.',
    });
  }
}
