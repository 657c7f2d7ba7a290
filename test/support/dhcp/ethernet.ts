/**
 * Whole Ethernet frames from and to an interface of a namespace, so that one test can be many hosts.
 *
 * Always holds: the socket lives in the namespace that the process was in when it was opened.
 */
import koffi from 'koffi';

import { MSG_DONTWAIT, libc, systemCallError } from '../../../src/lab/link/libc.ts';
import { macOctets, octets } from './message.ts';

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const ETH_P_IP = 0x0800;
/** Also what this interface sends. */
export const ETH_P_ALL = 0x0003;
const LARGEST = 65_536;
const BROADCAST = [255, 255, 255, 255, 255, 255];

const lib = koffi.load('libc.so.6');
const bind = lib.func('int bind(int fd, void *address, uint32_t length)') as (
  fd: number,
  address: Uint8Array,
  length: number,
) => number;
const indexOf = lib.func('unsigned int if_nametoindex(const char *name)') as (
  name: string,
) => number;
const recv = lib.func('int64_t recv(int fd, void *buffer, size_t length, int flags)') as (
  fd: number,
  buffer: Uint8Array,
  length: number,
  flags: number,
) => number;

export class EthernetSocket {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(LARGEST);

  constructor(name: string, protocol = ETH_P_IP) {
    // Not from /sys, which shows the namespace that it was mounted in.
    const index = indexOf(name);
    this.#fd = libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, swapped(protocol));
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16BE(protocol, 2);
    address.writeInt32LE(index, 4);
    if (this.#fd < 0 || bind(this.#fd, address, address.length) !== 0) {
      throw systemCallError('bind');
    }
    libc.setOption(this.#fd, 1, 33, 8 * 1024 * 1024);
  }

  /** False: the kernel has no room for it now. */
  send(frame: Buffer): boolean {
    return libc.send(this.#fd, frame, frame.length, MSG_DONTWAIT) === frame.length;
  }

  /** What has come so far, but for our own frames. */
  *received(): Generator<Buffer> {
    for (;;) {
      const length = recv(this.#fd, this.#buffer, LARGEST, MSG_DONTWAIT);
      if (length <= 0) return;
      yield Buffer.from(this.#buffer.subarray(0, length));
    }
  }

  close(): void {
    libc.close(this.#fd);
  }
}

export interface Datagram {
  /** Ethernet source. */
  readonly from: string;
  readonly source: string;
  readonly destination: string;
  readonly ports: readonly [source: number, destination: number];
  readonly payload: Buffer;
}

/** One UDP datagram over IPv4 to all stations. */
export function udpFrame({ from, source, destination, ports, payload }: Datagram): Buffer {
  const ip = Buffer.alloc(20);
  ip.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
  ip.writeUInt16BE(28 + payload.length, 2);
  ip.set(octets(source), 12);
  ip.set(octets(destination), 16);
  ip.writeUInt16BE(checksum(ip), 10);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(ports[0], 0);
  udp.writeUInt16BE(ports[1], 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([ethernet(from), ip, udp, payload]);
}

/** One UDP datagram over IPv6, link-local, to all DHCPv6 servers (RFC 8415 section 7.1). */
export function udp6Frame(from: string, payload: Buffer): Buffer {
  const mac = macOctets(from);
  const source = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0xff, 0xfe, 0, ...mac.slice(4)];
  const destination = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2];
  const udp = Buffer.alloc(8 + payload.length + (payload.length % 2));
  udp.writeUInt16BE(546, 0);
  udp.writeUInt16BE(547, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  udp.set(payload, 8);
  const pseudo = Buffer.from([...source, ...destination, 0, 0, 0, 0, 0, 0, 0, 17]);
  pseudo.writeUInt32BE(8 + payload.length, 32);
  udp.writeUInt16BE(checksum(Buffer.concat([pseudo, udp])) || 0xffff, 6);
  const ip = Buffer.from([0x60, 0, 0, 0, 0, 0, 17, 1, ...source, ...destination]);
  ip.writeUInt16BE(8 + payload.length, 4);
  const header = Buffer.from([0x33, 0x33, 0, 1, 0, 2, ...mac, 0x86, 0xdd]);
  return Buffer.concat([header, ip, udp.subarray(0, 8 + payload.length)]);
}

/** The payload of a UDP datagram to this port; undefined: the frame is something else. */
export function udpPayload(frame: Buffer, port: number): Buffer | undefined {
  const isUdp = frame.length >= 42 && frame[23] === 17 && frame[14] === 0x45;
  return isUdp && frame.readUInt16BE(36) === port ? frame.subarray(42) : undefined;
}

function ethernet(from: string): Buffer {
  return Buffer.from([...BROADCAST, ...macOctets(from), ETH_P_IP >> 8, ETH_P_IP & 255]);
}

/** RFC 1071. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

function swapped(value: number): number {
  return ((value & 255) << 8) | (value >> 8);
}
