/**
 * Somebody who sits on the wire of the branch's WAN 1, beside the hub, and sends whatever they like.
 *
 * Always holds: an Ethernet and IP address of their own, which the branch knows by heart, so that
 * neither ARP nor neighbour discovery keeps an answer back; they hear all that is sent to these.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { ETH_P_ALL, EthernetSocket } from '../../support/dhcp/ethernet.ts';
import { enterNamespace, leave } from '../../support/namespace.ts';
import { addressOctets, PROTOCOL } from '../../support/packet.ts';
import type { TwoGateways } from './two-gateways.ts';

const MAC = '02:66:66:66:66:66';
const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** Longer than anything here takes to answer. */
const PATIENCE_MS = 300;

export const STRANGER = { ipv4: '192.0.2.66', ipv6: '2001:db8:66::66' } as const;

export class Stranger {
  readonly #socket: EthernetSocket;
  readonly #branch: Buffer;

  private constructor(socket: EthernetSocket, branch: Buffer) {
    this.#socket = socket;
    this.#branch = branch;
  }

  static async on({ branch, hub }: TwoGateways): Promise<Stranger> {
    await branch.namespace.ip(
      'route add 192.0.2.64/28 dev wan1',
      'route add 2001:db8:66::/64 dev wan1',
      ...Object.values(STRANGER).map(
        (own) => `neighbour add ${own} lladdr ${MAC} dev wan1 nud permanent`,
      ),
    );
    const link = await branch.namespace.run('ip', '-o', 'link', 'show', 'dev', 'wan1');
    const mac = /link\/ether (\S+)/.exec(link)?.[1] ?? '';
    enterNamespace(hub.namespace.name);
    try {
      return new Stranger(new EthernetSocket('wan1', ETH_P_ALL), octetsOf(mac));
    } finally {
      leave();
    }
  }

  /** What comes back to these packets, in words. */
  async answersTo(...packets: readonly Buffer[]): Promise<readonly string[]> {
    this.#forget();
    for (const packet of packets) this.#send(this.#branch, packet);
    await sleep(PATIENCE_MS);
    return [...this.#socket.received()].flatMap((frame) => this.#inWords(frame) ?? []);
  }

  /** Asks by ARP who has this address; whether somebody answers. */
  async resolves(target: string): Promise<boolean> {
    this.#forget();
    const request = Buffer.concat([
      Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]),
      octetsOf(MAC),
      addressOctets(STRANGER.ipv4),
      Buffer.alloc(6),
      addressOctets(target),
    ]);
    this.#frame(octetsOf('ff:ff:ff:ff:ff:ff'), ETHERTYPE.arp, request);
    await sleep(PATIENCE_MS);
    return [...this.#socket.received()].some(
      (frame) =>
        frame.readUInt16BE(12) === ETHERTYPE.arp &&
        frame.subarray(0, 6).equals(octetsOf(MAC)) &&
        frame.readUInt16BE(20) === 2,
    );
  }

  close(): void {
    this.#socket.close();
  }

  /** What has come so far. */
  #forget(): void {
    Array.from(this.#socket.received());
  }

  #send(to: Buffer, packet: Buffer): void {
    this.#frame(to, packet[0]! >> 4 === 4 ? ETHERTYPE.ipv4 : ETHERTYPE.ipv6, packet);
  }

  #frame(to: Buffer, ethertype: number, payload: Buffer): void {
    const type = Buffer.from([ethertype >> 8, ethertype & 255]);
    const frame = Buffer.concat([to, octetsOf(MAC), type, payload]);
    if (!this.#socket.send(frame)) throw new Error('the wire takes no frame');
  }

  /** Undefined: it is not for us. */
  #inWords(frame: Buffer): string | undefined {
    if (!frame.subarray(0, 6).equals(octetsOf(MAC))) return undefined;
    const packet = frame.subarray(14);
    switch (frame.readUInt16BE(12)) {
      case ETHERTYPE.ipv4:
        return transportInWords(packet[9]!, packet.subarray((packet[0]! & 15) * 4));
      case ETHERTYPE.ipv6:
        return transportInWords(packet[6]!, packet.subarray(40));
      default:
        return `ethertype ${frame.readUInt16BE(12).toString(16)}`;
    }
  }
}

/** `tcp from 22, flags 0x12`, `udp from 53`, `icmp 3/3`. */
function transportInWords(protocol: number, segment: Buffer): string {
  switch (protocol) {
    case PROTOCOL.tcp:
      return `tcp from ${segment.readUInt16BE(0)}, flags 0x${segment[13]!.toString(16)}`;
    case PROTOCOL.udp:
      return `udp from ${segment.readUInt16BE(0)}`;
    case PROTOCOL.icmp:
      return `icmp ${segment[0]}/${segment[1]}`;
    case PROTOCOL.icmpv6:
      return `icmpv6 ${segment[0]}/${segment[1]}`;
    default:
      return `protocol ${protocol}`;
  }
}

function octetsOf(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}
