/**
 * MPTCP sockets as descriptors, for the threads that move frames: Node's own sockets would put its
 * event loop, and an allocation per read, between the two.
 *
 * Always holds: connections send at once (no Nagle), and ask an idle peer for signs of life, so that
 * one which vanished is noticed within a minute.
 */
import { WamptcpError } from '../../lib/errors.ts';
import { addressBits, addressToInteger, familyOf } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { libc, SOL_SOCKET, systemCallError } from '../link/libc.ts';

const AF = { ipv4: 2, ipv6: 10 } as const;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_MPTCP = 262;
const SO_REUSEADDR = 2;
const SO_KEEPALIVE = 9;
const SO_SNDTIMEO = 21;
const SOL_TCP = 6;
const TCP_NODELAY = 1;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;
const SHUT_RDWR = 2;
const CONNECT_SECONDS = 5n;

/** Accepts connections from now on. @throws WamptcpError TUNNEL_SOCKET */
export function listenOn(address: Address, port: number): number {
  const fd = openSocket(address);
  libc.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  bindTo(fd, address, port);
  if (libc.listen(fd, 1) < 0) throw failed(fd, 'listen');
  return fd;
}

/** The next connection. @throws WamptcpError TUNNEL_SOCKET */
export async function acceptFrom(listener: number): Promise<number> {
  const fd = await libc.accept4(listener, null, null, SOCK_CLOEXEC);
  if (fd < 0) throw failed(listener, 'accept');
  return prepared(fd);
}

/** Undefined: nobody answers there, or not within five seconds. @throws WamptcpError TUNNEL_SOCKET */
export async function connectTo(
  address: Address,
  port: number,
  from: Address,
): Promise<number | undefined> {
  const fd = openSocket(address);
  bindTo(fd, from, 0);
  const timeout = BigInt64Array.of(CONNECT_SECONDS, 0n);
  libc.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, timeout, timeout.byteLength);
  const far = socketAddress(address, port);
  if ((await libc.connect(fd, far, far.length)) < 0) {
    libc.close(fd);
    return undefined;
  }
  libc.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, new BigInt64Array(2), timeout.byteLength);
  return prepared(fd);
}

/** Wakes all threads that wait for this connection; the descriptor stays theirs. */
export function breakOff(fd: number): void {
  libc.shutdown(fd, SHUT_RDWR);
}

/** struct sockaddr_in or sockaddr_in6. */
export function socketAddress(address: Address, port: number): Uint8Array {
  const family = familyOf(address);
  const octets = addressBits(family) / 8;
  const at = family === 'ipv4' ? 4 : 8;
  const whole = new Uint8Array(family === 'ipv4' ? 16 : 28);
  const view = new DataView(whole.buffer);
  view.setUint16(0, AF[family], true);
  view.setUint16(2, port);
  const integer = addressToInteger(address);
  for (let i = 0; i < octets; i++) {
    whole[at + i] = Number((integer >> BigInt(8 * (octets - 1 - i))) & 0xffn);
  }
  return whole;
}

function openSocket(address: Address): number {
  const fd = libc.socket(AF[familyOf(address)], SOCK_STREAM_CLOEXEC, IPPROTO_MPTCP);
  if (fd < 0) throw failed(fd, 'socket');
  return fd;
}

function bindTo(fd: number, address: Address, port: number): void {
  const near = socketAddress(address, port);
  if (libc.bind(fd, near, near.length) < 0) throw failed(fd, `bind to ${address} port ${port}`);
}

function prepared(fd: number): number {
  libc.setOption(fd, SOL_TCP, TCP_NODELAY, 1);
  libc.setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  libc.setOption(fd, SOL_TCP, TCP_KEEPIDLE, 10);
  libc.setOption(fd, SOL_TCP, TCP_KEEPINTVL, 5);
  libc.setOption(fd, SOL_TCP, TCP_KEEPCNT, 6);
  return fd;
}

function failed(fd: number, what: string): WamptcpError {
  const cause = systemCallError(what);
  if (fd >= 0) libc.close(fd);
  return new WamptcpError('TUNNEL_SOCKET', `the tunnel's MPTCP socket: ${what} failed`, {
    cause,
    advice: 'It needs net.mptcp.enabled=1, and its address and port for itself.',
  });
}
