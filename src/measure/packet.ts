/**
 * A packet as measuring sees it, and how it is read from what tshark says of it.
 *
 * Always holds: lengths are those on the wire, whatever part of a packet was captured; a row that is
 * no whole TCP or UDP packet gives undefined, never a packet with holes.
 */

import { initialDsn } from './key.ts';

/** Seconds since the epoch. */
export type Time = number;

/** A data sequence mapping (RFC 8684, section 3.3.1). */
export interface Mapping {
  readonly dsn: bigint;
  /** Whether all 64 bits of it were sent. */
  readonly whole: boolean;
  /** Of the subflow, relative to its initial sequence number. */
  readonly subflowSequence: number;
  /** 0: endless, for a connection that fell back to TCP. */
  readonly length: number;
}

export interface TcpPacket {
  readonly protocol: 'tcp';
  readonly time: Time;
  /** `address:port`, both ends. */
  readonly source: string;
  readonly destination: string;
  /** As sent, 32 bits. */
  readonly sequence: number;
  /** Bytes of payload. */
  readonly length: number;
  readonly syn: boolean;
  /** TSval of the timestamp option; tells a retransmission from what it repeats. */
  readonly timestamp: number | undefined;
  readonly mapping: Mapping | undefined;
  /** Of MP_CAPABLE: the sender's, and the receiver's. */
  readonly keys: { readonly sender?: bigint; readonly receiver?: bigint };
  /** Of MP_JOIN: names the receiver. */
  readonly token: number | undefined;
}

export interface UdpPacket {
  readonly protocol: 'udp';
  readonly time: Time;
  readonly source: string;
  readonly destination: string;
  readonly length: number;
  /** Identification of IPv4; undefined for IPv6, which has none. */
  readonly id: number | undefined;
}

export type Packet = TcpPacket | UdpPacket;

/** What tshark is asked for, in the order that {@link parsePacket} takes. */
export const PACKET_FIELDS = [
  ...['frame.time_epoch', 'frame.protocols', 'ip.src', 'ip.dst', 'ip.id', 'ipv6.src', 'ipv6.dst'],
  ...['tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.len', 'tcp.flags'],
  'tcp.options.timestamp.tsval',
  ...['tcp.options.mptcp.rawdataseqno', 'tcp.options.mptcp.dseqn8.flag'],
  ...['tcp.options.mptcp.subflowseqno', 'tcp.options.mptcp.datalvllen'],
  ...['tcp.options.mptcp.sendkey', 'tcp.options.mptcp.recvkey', 'tcp.options.mptcp.recvtok'],
  ...['udp.srcport', 'udp.dstport', 'udp.length'],
  'tcp.options.mptcp.datafin.flag',
] as const;

const UDP_HEADER = 8;
const SYN = 0x02;

/** Undefined: neither TCP nor UDP, or not whole. */
export function parsePacket(row: readonly string[]): Packet | undefined {
  const [, layers = '', ip4 = '', to4 = '', id = '', ip6 = '', to6 = ''] = row;
  const at = timeOf(row);
  // Some captures begin with IP. The innermost decide; an ICMP error quotes a packet that is not on the wire.
  const all = `:${layers}`;
  const inner = all.slice(Math.max(all.lastIndexOf(':ip:'), all.lastIndexOf(':ipv6:')));
  if (at === undefined || all.includes(':icmp')) return undefined;
  const six = inner.startsWith(':ipv6:');
  const [from, to] = six ? [ip6, to6] : [ip4, to4];
  if (from === '' || to === '') return undefined;
  const ends = { time: at, from, to };
  if (/:tcp(:|$)/.test(inner)) return tcpPacket(row, ends);
  return /:udp(:|$)/.test(inner) ? udpPacket(row, ends, six ? undefined : whole(id)) : undefined;
}

/** Of any packet. Undefined: the row has none. */
export function timeOf([time = '']: readonly string[]): Time | undefined {
  return time !== '' && Number(time) >= 0 ? Number(time) : undefined;
}

interface Ends {
  readonly time: Time;
  readonly from: string;
  readonly to: string;
}

function tcpPacket(row: readonly string[], { time, from, to }: Ends): TcpPacket | undefined {
  const [source = '', destination = '', seq = '', len = '', flags = '', stamp = ''] = row.slice(7);
  const [sequence, length] = [whole(seq), whole(len)];
  if (sequence === undefined || length === undefined || source === '') return undefined;
  const [sender, receiver] = [large(row[17]), large(row[18])];
  return {
    protocol: 'tcp',
    time,
    source: endpoint(from, source),
    destination: endpoint(to, destination),
    sequence,
    length,
    syn: (Number(flags) & SYN) !== 0,
    timestamp: whole(stamp),
    mapping: mappingOf(row),
    keys: {
      ...(sender === undefined ? {} : { sender }),
      ...(receiver === undefined ? {} : { receiver }),
    },
    token: whole(row[19] ?? ''),
  };
}

function mappingOf(row: readonly string[]): Mapping | undefined {
  const [dsn, subflowSequence] = [large(row[13]), whole(row[15] ?? '')];
  const length = whole(row[16] ?? '');
  if (dsn === undefined) return mappingOfCapable(large(row[17]), length);
  // Subflow sequence number 0 maps nothing but a DATA_FIN, which counts like an octet (RFC 8684, section 3.3.3).
  const octets = length !== undefined && isSet(row[23]) ? length - 1 : length;
  if (octets === undefined || !subflowSequence || (octets === 0 && length !== 0)) return undefined;
  return { dsn, whole: isSet(row[14]), subflowSequence, length: octets };
}

/**
 * The first data may come with MP_CAPABLE (RFC 8684, section 3.1): it begins at the number that follows from
 * the sender's key.
 */
function mappingOfCapable(
  key: bigint | undefined,
  length: number | undefined,
): Mapping | undefined {
  if (key === undefined || !length) return undefined;
  return { dsn: initialDsn(key) + 1n, whole: true, subflowSequence: 1, length };
}

function isSet(flag: string | undefined): boolean {
  return flag === '1' || flag === 'True';
}

function udpPacket(
  row: readonly string[],
  { time, from, to }: Ends,
  id: number | undefined,
): UdpPacket | undefined {
  const length = whole(row[22] ?? '');
  const [source = '', destination = ''] = row.slice(20);
  if (length === undefined || length < UDP_HEADER || source === '') return undefined;
  return {
    protocol: 'udp',
    time,
    source: endpoint(from, source),
    destination: endpoint(to, destination),
    length: length - UDP_HEADER,
    id,
  };
}

function endpoint(address: string, port: string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A number of at most 32 bits, decimal or hexadecimal as tshark prints it. */
function whole(text: string): number | undefined {
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return undefined;
  const value = Number(text);
  return value < 2 ** 32 ? value : undefined;
}

function large(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
