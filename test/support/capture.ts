/**
 * Captures octet by octet, so that a test knows what is in them: pcap with Ethernet, IP, and TCP with
 * the options of MPTCP (RFC 8684), also in VXLAN.
 *
 * Always holds: of each packet the first 128 octets are kept, as one captures in practice.
 */
import { PROTOCOL, packet, udp } from './packet.ts';

const SNAPLEN = 128;

/** A packet and its time, seconds since the epoch. */
export interface Captured {
  readonly time: number;
  /** From the Ethernet header on. */
  readonly frame: Buffer;
}

/** https://www.tcpdump.org/linktypes.html */
export const LINKTYPE = { ethernet: 1, ipv4: 228 } as const;

export function pcap(
  packets: readonly Captured[],
  snaplen = SNAPLEN,
  linktype: number = LINKTYPE.ethernet,
): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snaplen, 16);
  header.writeUInt32LE(linktype, 20);
  return Buffer.concat([header, ...packets.flatMap((one) => record(one, snaplen))]);
}

function record({ time, frame }: Captured, snaplen: number): readonly Buffer[] {
  const kept = frame.subarray(0, snaplen);
  const head = Buffer.alloc(16);
  const microseconds = Math.round(time * 1e6);
  head.writeUInt32LE(Math.floor(microseconds / 1e6), 0);
  head.writeUInt32LE(microseconds % 1e6, 4);
  head.writeUInt32LE(kept.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return [head, kept];
}

export interface TcpWords {
  /** `[address, port]`. */
  readonly from: readonly [string, number];
  readonly to: readonly [string, number];
  readonly sequence: number;
  /** Bytes of payload; default 0. */
  readonly length?: number;
  readonly syn?: boolean;
  /** TSval; default: the time in milliseconds, `null`: no timestamps. */
  readonly stamp?: number | null;
  readonly options?: readonly Buffer[];
}

export function tcpAt(time: number, words: TcpWords): Captured {
  const { from, to, sequence, length = 0, syn = false, options = [] } = words;
  const stamp = words.stamp === undefined ? Math.floor(time * 1000) % 2 ** 32 : words.stamp;
  const all = Buffer.concat([...(stamp === null ? [] : [timestamp(stamp)]), ...options]);
  const padded = Buffer.concat([all, Buffer.alloc((4 - (all.length % 4)) % 4, 1)]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from[1], 0);
  header.writeUInt16BE(to[1], 2);
  header.writeUInt32BE(sequence % 2 ** 32, 4);
  header.writeUInt8(((20 + padded.length) / 4) << 4, 12);
  header.writeUInt8(syn ? 0x02 : 0x10, 13);
  const segment = Buffer.concat([header, padded, Buffer.alloc(length)]);
  const ends = { source: from[0], destination: to[0] };
  return { time, frame: ethernet(packet(ends, PROTOCOL.tcp, segment, 16)) };
}

/** @param id identification, IPv4 only. */
export function udpAt(
  time: number,
  [source, sourcePort]: readonly [string, number],
  [destination, port]: readonly [string, number],
  length: number,
  id = 0,
): Captured {
  const datagram = udp({ source, destination }, [sourcePort, port], Buffer.alloc(length));
  if (!source.includes(':')) datagram.writeUInt16BE(id, 4);
  return { time, frame: ethernet(datagram) };
}

/** The same as seen on a WAN. */
export function inVxlan({ time, frame }: Captured): Captured {
  const header = Buffer.from([0x08, 0, 0, 0, 0, 0, 7, 0]);
  const ends = { source: '198.18.1.2', destination: '198.18.1.130' };
  return { time, frame: ethernet(udp(ends, [50_000, 4789], Buffer.concat([header, frame]))) };
}

function ethernet(ip: Buffer): Buffer {
  const six = (ip[0] ?? 0) >> 4 === 6;
  const addresses = Buffer.from('020000000001020000000002', 'hex');
  return Buffer.concat([addresses, Buffer.from(six ? '86dd' : '0800', 'hex'), ip]);
}

function timestamp(value: number): Buffer {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
  option.writeUInt32BE(value, 4);
  return option;
}

function mptcp(subtype: number, low: number, rest: readonly Buffer[]): Buffer {
  const body = Buffer.concat(rest);
  return Buffer.concat([Buffer.from([30, 3 + body.length, (subtype << 4) | low]), body]);
}

/** MP_CAPABLE, version 1; none, one or both keys. */
export function capable(...keys: readonly bigint[]): Buffer {
  return mptcp(0, 1, [Buffer.from([0x01]), ...keys.map(octets8)]);
}

/** The same with the first data (RFC 8684, section 3.1). */
export function capableWithData(length: number, ...keys: readonly bigint[]): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(length);
  return mptcp(0, 1, [Buffer.from([0x01]), ...keys.map(octets8), octets]);
}

/** MP_JOIN of a SYN. */
export function join(token: number): Buffer {
  const rest = Buffer.alloc(9);
  rest.writeUInt8(1, 0);
  rest.writeUInt32BE(token, 1);
  return mptcp(1, 0, [rest]);
}

/**
 * DSS with a mapping; of 64 bits, if not said otherwise.
 *
 * @param fin with DATA_FIN, which `length` includes
 */
export function dss(
  dsn: bigint,
  subflowSequence: number,
  length: number,
  bits = 64,
  fin = false,
): Buffer {
  const rest = Buffer.alloc(6);
  rest.writeUInt32BE(subflowSequence % 2 ** 32, 0);
  rest.writeUInt16BE(length, 4);
  const number = bits === 64 ? octets8(dsn) : octets8(dsn).subarray(4);
  return mptcp(2, 0, [Buffer.from([(bits === 64 ? 0x0c : 0x04) | (fin ? 0x10 : 0)]), number, rest]);
}

function octets8(value: bigint): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt.asUintN(64, value));
  return octets;
}
