/**
 * The packets of one capture, sorted by who sent them to whom.
 *
 * Always holds: one pass, in the order of the capture; sequence numbers do not wrap; a port that is
 * used again is another connection.
 */
import { tokenOf } from './key.ts';
import type { Mapping, Packet, TcpPacket, Time } from './packet.ts';
import { unwrap } from './sequence.ts';

/** Payload that went by; for UDP, `start` counts the bytes seen so far. */
export interface Segment {
  readonly time: Time;
  readonly start: number;
  readonly end: number;
  /** What tells a copy from others of the same bytes; undefined when nothing does. */
  readonly stamp: number | undefined;
}

export interface SeenMapping {
  readonly time: Time;
  readonly mapping: Mapping;
  /** Of the packet that told it. */
  readonly sequence: number;
}

/** One direction of a TCP connection, of a subflow, or of a conversation by UDP. */
export interface Half {
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  /** Of its SYN; undefined when the capture starts later. */
  initial: number | undefined;
  readonly segments: Segment[];
  readonly mappings: SeenMapping[];
  /** MPTCP connections that it belongs to, by the token of either end. */
  readonly names: Set<string>;
}

export class Trace {
  readonly #current = new Map<string, Half>();
  readonly #halves: Half[] = [];
  /** Mappings are repeated by every packet that offload has cut from one: noted once. */
  readonly #lastMapping = new Map<Half, Mapping>();
  #packets = 0;
  #first: Time | undefined;
  #last: Time | undefined;

  get halves(): readonly Half[] {
    return this.#halves;
  }

  /** TCP and UDP only. */
  get packets(): number {
    return this.#packets;
  }

  /** Of all packets; undefined while empty. */
  get first(): Time | undefined {
    return this.#first;
  }

  get last(): Time | undefined {
    return this.#last;
  }

  /** A packet of whatever kind was there. */
  see(time: Time): void {
    this.#first = Math.min(this.#first ?? time, time);
    this.#last = Math.max(this.#last ?? time, time);
  }

  add(packet: Packet): void {
    this.#packets += 1;
    this.see(packet.time);
    if (packet.protocol === 'tcp') {
      this.#addTcp(packet);
      return;
    }
    const half = this.#half('udp', packet.source, packet.destination);
    const start = half.segments.at(-1)?.end ?? 0;
    const { time, length, id } = packet;
    half.segments.push({ time, start, end: start + length, stamp: id });
  }

  #addTcp(packet: TcpPacket): void {
    if (packet.syn) this.#open(packet);
    const half = this.#half('tcp', packet.source, packet.destination);
    const near = half.segments.at(-1)?.end ?? half.initial ?? packet.sequence;
    const sequence = unwrap(packet.sequence, near);
    if (packet.syn) half.initial ??= sequence;
    this.#name(packet, half);
    // A SYN stands before its payload (TCP Fast Open).
    const start = packet.syn ? sequence + 1 : sequence;
    if (packet.mapping !== undefined) this.#map(half, packet.mapping, packet.time, start);
    if (packet.length === 0) return;
    const { time, timestamp: stamp } = packet;
    half.segments.push({ time, start, end: start + packet.length, stamp });
  }

  /** A SYN with another number than the last one from here begins a new connection. */
  #open({ source, destination, sequence }: TcpPacket): void {
    const half = this.#current.get(key('tcp', source, destination));
    const [first] = half?.segments ?? [];
    // Of a connection whose beginning was not captured, the number before its first byte.
    const known = half?.initial ?? (first === undefined ? undefined : first.start - 1);
    if (known === undefined || unwrap(sequence, known) === known) return;
    this.#current.delete(key('tcp', source, destination));
    this.#current.delete(key('tcp', destination, source));
  }

  #map(half: Half, mapping: Mapping, time: Time, sequence: number): void {
    const last = this.#lastMapping.get(half);
    // Offload cuts repeat it, and the first of them is the one that begins it.
    if (last?.dsn === mapping.dsn && last.subflowSequence === mapping.subflowSequence) {
      const seen = half.mappings.at(-1);
      if (seen !== undefined && seen.sequence <= sequence && last.length >= mapping.length) return;
    }
    this.#lastMapping.set(half, mapping);
    half.mappings.push({ time, mapping, sequence });
  }

  /** RFC 8684: keys name both ends of the first subflow, a token the passive end of another. */
  #name({ keys, token, source, destination }: TcpPacket, half: Half): void {
    if (keys.sender === undefined && keys.receiver === undefined && token === undefined) return;
    const back = this.#half('tcp', destination, source);
    if (keys.sender !== undefined) nameEnds(back, half, tokenOf(keys.sender));
    if (keys.receiver !== undefined) nameEnds(half, back, tokenOf(keys.receiver));
    if (token !== undefined) nameEnds(half, back, token);
  }

  #half(protocol: 'tcp' | 'udp', source: string, destination: string): Half {
    const name = key(protocol, source, destination);
    let half = this.#current.get(name);
    if (half === undefined) {
      const empty = { initial: undefined, segments: [], mappings: [], names: new Set<string>() };
      half = { protocol, source, destination, ...empty };
      this.#current.set(name, half);
      this.#halves.push(half);
    }
    return half;
  }
}

function nameEnds(towards: Half, from: Half, token: number): void {
  towards.names.add(`to ${token}`);
  from.names.add(`from ${token}`);
}

function key(protocol: string, source: string, destination: string): string {
  return `${protocol} ${source} ${destination}`;
}
