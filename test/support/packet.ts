/**
 * IP packets octet by octet, as a test writes them that wants something odd on the wire.
 *
 * Always holds: checksums are right, so nothing is dropped for them; no header has options.
 */
import { address, addressToInteger, familyOf } from '../../src/net/address.ts';

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** Flags of TCP, as `tcp[13]`. */
export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export interface Addressed {
  readonly source: string;
  readonly destination: string;
  /** Time to live, or hop limit; default 64. */
  readonly hops?: number;
}

export function tcp(ends: Addressed, ports: readonly [number, number], flags: number): Buffer {
  const segment = Buffer.alloc(20);
  segment.writeUInt16BE(ports[0], 0);
  segment.writeUInt16BE(ports[1], 2);
  segment.writeUInt32BE(1_000_000, 4);
  segment.writeUInt32BE(flags === FLAG.syn ? 0 : 2_000_000, 8);
  segment.writeUInt8(5 << 4, 12);
  segment.writeUInt8(flags, 13);
  segment.writeUInt16BE(64_240, 14);
  return packet(ends, PROTOCOL.tcp, segment, 16);
}

export function udp(ends: Addressed, ports: readonly [number, number], payload: Buffer): Buffer {
  const datagram = Buffer.concat([Buffer.alloc(8), payload]);
  datagram.writeUInt16BE(ports[0], 0);
  datagram.writeUInt16BE(ports[1], 2);
  datagram.writeUInt16BE(datagram.length, 4);
  return packet(ends, PROTOCOL.udp, datagram, 6);
}

/** ICMP or ICMPv6, by the family of the addresses. */
export function icmp(ends: Addressed, type: number, code: number, rest: Buffer): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
  const protocol = isIpv6(ends.source) ? PROTOCOL.icmpv6 : PROTOCOL.icmp;
  return packet(ends, protocol, message, 2);
}

/** @param checksumAt where in the payload its checksum stands, if it has one. */
export function packet(
  { source, destination, hops = 64 }: Addressed,
  protocol: number,
  payload: Buffer,
  checksumAt?: number,
): Buffer {
  const [from, to] = [addressOctets(source), addressOctets(destination)];
  const body = Buffer.from(payload);
  if (checksumAt !== undefined) {
    const pseudo = Buffer.concat([from, to, Buffer.from([0, protocol, 0, 0])]);
    pseudo.writeUInt16BE(body.length, pseudo.length - 2);
    const sum = checksum(protocol === PROTOCOL.icmp ? body : Buffer.concat([pseudo, body]));
    body.writeUInt16BE(sum, checksumAt);
  }
  if (isIpv6(source)) {
    const header = Buffer.from([0x60, 0, 0, 0, 0, 0, protocol, hops]);
    header.writeUInt16BE(body.length, 4);
    return Buffer.concat([header, from, to, body]);
  }
  const header = Buffer.concat([
    Buffer.from([0x45, 0, 0, 0, 0, 1, 0, 0, hops, protocol, 0, 0]),
    from,
    to,
  ]);
  header.writeUInt16BE(20 + body.length, 2);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, body]);
}

export function addressOctets(text: string): Buffer {
  const digits = addressToInteger(address(text)).toString(16);
  return Buffer.from(digits.padStart(familyOf(address(text)) === 'ipv4' ? 8 : 32, '0'), 'hex');
}

function isIpv6(text: string): boolean {
  return text.includes(':');
}

/** RFC 1071. */
function checksum(data: Buffer): number {
  let sum = 0;
  for (const [at, octet] of data.entries()) sum += at % 2 === 0 ? octet << 8 : octet;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
