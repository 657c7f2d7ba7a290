/**
 * Which BFD sessions lack a socket; pure.
 *
 * BIRD 2 opens the two of a session, one to send and one to listen, when the session begins. What cannot
 * be opened at that moment is missing for good, and the path is down: because the session's own address is
 * not there yet while another address of the interface makes the far end reachable, or because BIRD may
 * open no more files.
 *
 * Always holds: a session whose address is missing is none of these; it begins when the address comes.
 */
import { addressToInteger } from '../net/address.ts';
import type { Address } from '../net/address.ts';

export interface SessionEnd {
  readonly device: string;
  readonly localAddress: Address;
}

/**
 * @param sockets `/proc/net/udp6`
 * @param addresses `/proc/net/if_inet6`
 */
export function socketless<T extends SessionEnd>(
  ends: readonly T[],
  sockets: string,
  addresses: string,
): readonly T[] {
  if (ends.length === 0) return [];
  const bound = new Set(boundAddresses(sockets));
  const present = new Set(addresses.split('\n').flatMap(presentAddress));
  return ends.filter(({ device, localAddress }) => {
    const digits = digitsOf(localAddress);
    const socket = asInMemory(digits);
    return (
      present.has(`${digits}%${device}`) &&
      !(bound.has(`${socket} send`) && bound.has(`${socket} listen`))
    );
  });
}

/** Addresses in the kernel's notation: a hub has thousands, and this runs every second. */
function boundAddresses(sockets: string): readonly string[] {
  return [...sockets.matchAll(SOCKET)].map(
    ([, address = '', port]) => `${address} ${port === LISTENING ? 'listen' : 'send'}`,
  );
}

const SOCKET = /^\s*\d+: ([0-9A-F]{32}):([0-9A-F]{4}) /gm;

/** RFC 5881 section 4: control packets are sent to this port, and from another one. */
const LISTENING = (3784).toString(16).toUpperCase().padStart(4, '0');

const ADDRESS = /^([0-9a-f]{32}) \w+ \w+ \w+ \w+ +(\S+)$/;

function presentAddress(line: string): readonly string[] {
  const [, digits, device] = ADDRESS.exec(line) ?? [];
  return digits === undefined || device === undefined ? [] : [`${digits}%${device}`];
}

/** All 32 hexadecimal digits. */
function digitsOf(address: Address): string {
  return addressToInteger(address).toString(16).padStart(32, '0');
}

/** Four words, each as this machine has it in memory. */
function asInMemory(digits: string): string {
  const words = LITTLE_ENDIAN ? digits.replace(/(..)(..)(..)(..)/g, '$4$3$2$1') : digits;
  return words.toUpperCase();
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
