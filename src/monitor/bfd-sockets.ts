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
import { parseAddress } from '../net/address.ts';
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
  const bound = new Set(boundAddresses(sockets));
  const has = (address: Address, use: Use): boolean => bound.has(`${address} ${use}`);
  const present = new Set(addresses.split('\n').flatMap(presentAddress));
  return ends.filter(
    ({ device, localAddress }) =>
      present.has(`${localAddress}%${device}`) &&
      !(has(localAddress, 'send') && has(localAddress, 'listen')),
  );
}

type Use = 'send' | 'listen';

const SOCKET = /^\s*\d+: ([0-9A-F]{32}):([0-9A-F]{4}) /;

/** RFC 5881 section 4: control packets are sent to this port, and from another one. */
const LISTENING = (3784).toString(16).toUpperCase().padStart(4, '0');

function boundAddresses(sockets: string): readonly string[] {
  return sockets.split('\n').flatMap((line) => {
    const [, hex = '', port] = SOCKET.exec(line) ?? [];
    const words = hex.match(/.{8}/g) ?? [];
    const use: Use = port === LISTENING ? 'listen' : 'send';
    return fromHex(words.map(inNetworkOrder).join('')).map((address) => `${address} ${use}`);
  });
}

/** Four words, each as this machine has it in memory. */
function inNetworkOrder(word: string): string {
  return LITTLE_ENDIAN ? word.replace(/(..)(..)(..)(..)/, '$4$3$2$1') : word;
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const ADDRESS = /^([0-9a-f]{32}) \w+ \w+ \w+ \w+ +(\S+)$/;

function presentAddress(line: string): readonly string[] {
  const [, hex = '', device = ''] = ADDRESS.exec(line) ?? [];
  return fromHex(hex).map((address) => `${address}%${device}`);
}

function fromHex(hex: string): readonly Address[] {
  const address = parseAddress((hex.match(/.{4}/g) ?? []).join(':'));
  return address === undefined ? [] : [address];
}
