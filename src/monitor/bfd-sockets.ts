/**
 * Which BFD sessions have nothing to send with; pure.
 *
 * BIRD 2 opens the socket of a session when the session begins. When the session's own address is not
 * there at that moment, because another address of the interface has made the far end reachable, it
 * stays without one: the far end's packets come in, none goes out, and the path is down for good.
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
  const present = new Set(addresses.split('\n').flatMap(presentAddress));
  return ends.filter(
    ({ device, localAddress }) =>
      present.has(`${localAddress}%${device}`) && !bound.has(localAddress),
  );
}

const SOCKET = /^\s*\d+: ([0-9A-F]{32}):[0-9A-F]{4} /;

function boundAddresses(sockets: string): readonly Address[] {
  return sockets.split('\n').flatMap((line) => {
    const words = SOCKET.exec(line)?.[1]?.match(/.{8}/g) ?? [];
    return fromHex(words.map(inNetworkOrder).join(''));
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
