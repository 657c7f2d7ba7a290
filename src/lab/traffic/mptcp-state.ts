/**
 * Asks the kernel whether a connection is MPTCP right now. Being created with IPPROTO_MPTCP says
 * nothing: a peer or a middlebox without MPTCP turns the connection into plain TCP ("fallback")
 * without an error, so only getsockopt(SOL_MPTCP, MPTCP_INFO) counts.
 *
 * Node offers neither that call nor the descriptor officially; libc is reached through koffi, and
 * the descriptor through the handle's `fd`, present on every Unix since Node 0.10.
 */

import type { Socket } from 'node:net';
import koffi from 'koffi';

export type MptcpState = {
  /** The connection speaks MPTCP and did not fall back. */
  readonly mptcp: boolean;
  /** An MPTCP socket that ended up as plain TCP; its peer may never have asked for more. */
  readonly fallback: boolean;
  /** Subflows that are up, the first one included; 1 for plain TCP. */
  readonly subflows: number;
};

const SOL_SOCKET = 1;
const SO_PROTOCOL = 38;
const IPPROTO_MPTCP = 262;
const SOL_MPTCP = 284;
const MPTCP_INFO = 1;
const FLAG_FALLBACK = 1;
const INFO_BYTES = 128;
/** Offsets in `struct mptcp_info` (linux/mptcp.h); the last one exists since Linux 6.6. */
const OFFSET = { extraSubflows: 0, flags: 8, subflowsTotal: 80 } as const;

type GetSockOpt = (
  fd: number,
  level: number,
  name: number,
  value: Buffer,
  length: [number],
) => number;

let cached: GetSockOpt | undefined;

function getsockopt(): GetSockOpt {
  cached ??= koffi
    .load('libc.so.6')
    .func(
      'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)',
    ) as GetSockOpt;
  return cached;
}

/** A socket that is already closed counts as undefined. */
export function mptcpState(socket: Socket): MptcpState | undefined {
  const fd = (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
  if (fd === undefined || fd < 0) return undefined;
  const info = Buffer.alloc(INFO_BYTES);
  const length: [number] = [INFO_BYTES];
  if (getsockopt()(fd, SOL_MPTCP, MPTCP_INFO, info, length) === 0) {
    return decodeMptcpInfo(info, length[0]);
  }
  // After a fallback the kernel answers as for plain TCP (seen on 6.18): no such option.
  return { mptcp: false, fallback: protocolOf(fd) === IPPROTO_MPTCP, subflows: 1 };
}

function protocolOf(fd: number): number | undefined {
  const value = Buffer.alloc(4);
  const failed = getsockopt()(fd, SOL_SOCKET, SO_PROTOCOL, value, [value.length]) !== 0;
  return failed ? undefined : value.readInt32LE(0);
}

/** `struct mptcp_info` of which the kernel filled `length` bytes. */
export function decodeMptcpInfo(info: Buffer, length: number): MptcpState {
  const fallback = (info.readUInt32LE(OFFSET.flags) & FLAG_FALLBACK) !== 0;
  if (fallback) return { mptcp: false, fallback, subflows: 1 };
  // 6.6 and later count all subflows; before, only those beyond the first are known.
  const counted = length > OFFSET.subflowsTotal;
  const subflows = counted
    ? info.readUInt8(OFFSET.subflowsTotal)
    : info.readUInt8(OFFSET.extraSubflows) + 1;
  return { mptcp: true, fallback, subflows };
}

/** Remembers a connection's state, because a closed socket can no longer be asked. */
export class ConnectionWatch {
  readonly #socket: Socket;
  #state: MptcpState = { mptcp: false, fallback: false, subflows: 0 };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** As it is now, or as it was last known. */
  now(): MptcpState {
    const state = mptcpState(this.#socket);
    if (state === undefined) return this.#state;
    this.#state = { ...state, subflows: Math.max(state.subflows, this.#state.subflows) };
    return state;
  }

  /** As last known, with the most subflows that were ever seen. */
  summary(): MptcpState {
    this.now();
    return this.#state;
  }
}
