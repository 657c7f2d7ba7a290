/**
 * Hosts by the hundred, as the DHCP server of a LAN sees them: each with an Ethernet address of its
 * own, asking for an address per WAN.
 *
 * Always holds: a request is repeated every second until it is answered or time is up, as real
 * clients do.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { EthernetSocket, udpFrame, udpPayload } from './ethernet.ts';
import { decodeDhcp, encodeDhcp, macOctets, octets, OPTION, TYPE, typeOf } from './message.ts';
import type { DhcpMessage } from './message.ts';

const RETRY_MS = 1000;
const LOOK_MS = 2;

/** What one host asks for once: an address in the subnet of one WAN. */
export interface Wish {
  readonly mac: string;
  /** From 1; undefined: the host knows nothing of WANs. */
  readonly wan?: number;
  /** Default: 255, the WAN as IAID, and a DUID-LL of the host. */
  readonly clientId?: readonly number[];
  /** Options that replace or add to the usual ones. */
  readonly options?: readonly (readonly [number, readonly number[]])[];
}

export interface Granted {
  readonly wish: Wish;
  readonly address: string;
  readonly message: DhcpMessage;
}

/** `02:00:00:00:XX:XX`, or another second octet for another crowd. */
export function macOf(host: number, crowd = 0): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `02:${hex(crowd)}:00:00:${hex(host >> 8)}:${hex(host & 255)}`;
}

export class DhcpHosts {
  readonly socket: EthernetSocket;
  #xid = 1;

  /** In the namespace that the process is in now. */
  constructor(name: string) {
    this.socket = new EthernetSocket(name);
  }

  close(): void {
    this.socket.close();
  }

  /** DISCOVER to ACK for all of them at once; those that got nothing in `patience` ms are missing. */
  async join(wishes: readonly Wish[], patience: number): Promise<readonly Granted[]> {
    const open = new Map<number, Open>();
    for (const wish of wishes) {
      open.set(this.#xid++, { wish, since: -Infinity, offered: undefined });
    }
    const granted: Granted[] = [];
    const start = performance.now();
    while (open.size > 0 && performance.now() - start < patience) {
      this.#ask(open);
      for (const answer of this.answers()) {
        const one = open.get(answer.xid);
        if (one === undefined || answer.mac !== one.wish.mac) continue;
        if (typeOf(answer) === TYPE.offer && one.offered === undefined) {
          one.offered = answer;
          one.since = -Infinity;
        } else if (typeOf(answer) === TYPE.ack) {
          granted.push({ wish: one.wish, address: answer.yiaddr ?? '', message: answer });
          open.delete(answer.xid);
        } else if (typeOf(answer) === TYPE.nak) {
          one.offered = undefined;
          one.since = -Infinity;
        }
      }
      await sleep(LOOK_MS);
    }
    return granted;
  }

  /** One message as it is, and what comes back for its xid within `patience` ms. */
  async say(
    message: Omit<DhcpMessage, 'xid'>,
    { from = message.mac, source = '0.0.0.0', patience = 300 } = {},
  ): Promise<readonly DhcpMessage[]> {
    const xid = this.#xid++;
    this.transmit({ ...message, xid }, from, source);
    const heard: DhcpMessage[] = [];
    const start = performance.now();
    while (performance.now() - start < patience && heard.length === 0) {
      heard.push(...[...this.answers()].filter((answer) => answer.xid === xid));
      await sleep(LOOK_MS);
    }
    return heard;
  }

  transmit(message: DhcpMessage, from: string, source = '0.0.0.0'): boolean {
    return this.socket.send(
      udpFrame({
        from,
        source,
        destination: '255.255.255.255',
        ports: [68, 67],
        payload: encodeDhcp(message),
      }),
    );
  }

  /** Frames to clients that have come since the last call. */
  *answers(): Generator<DhcpMessage> {
    for (const frame of this.socket.received()) {
      const payload = udpPayload(frame, 68);
      const message = payload === undefined ? undefined : decodeDhcp(payload);
      if (message?.reply === true) yield message;
    }
  }

  #ask(open: ReadonlyMap<number, Open>): void {
    const now = performance.now();
    for (const [xid, one] of open) {
      if (now - one.since < RETRY_MS) continue;
      const { wish, offered } = one;
      const choice =
        offered === undefined
          ? []
          : ([
              [OPTION.requestedAddress, Uint8Array.from(octets(offered.yiaddr ?? ''))],
              [OPTION.server, offered.options.get(OPTION.server) ?? new Uint8Array()],
            ] as const);
      const type = offered === undefined ? TYPE.discover : TYPE.request;
      const options = new Map([...optionsOf(wish, type), ...choice]);
      // Without room it is tried again in a moment.
      if (!this.transmit({ xid, mac: wish.mac, options }, wish.mac)) return;
      one.since = now;
    }
  }
}

interface Open {
  readonly wish: Wish;
  since: number;
  offered: DhcpMessage | undefined;
}

export function optionsOf(wish: Wish, type: number): Map<number, Uint8Array> {
  const id = wish.clientId ?? identifierOf(wish.mac, wish.wan ?? 1);
  const usual: [number, readonly number[]][] = [
    [OPTION.type, [type]],
    [OPTION.clientId, id],
    [OPTION.parameters, [1, 3, OPTION.wan]],
    ...(wish.wan === undefined ? [] : ([[OPTION.wan, [wish.wan]]] as [number, number[]][])),
  ];
  return new Map(
    [...usual, ...(wish.options ?? [])].map(([code, value]) => [code, Uint8Array.from(value)]),
  );
}

/** As the host script: RFC 4361 with a DUID-LL. */
export function identifierOf(mac: string, wan: number): readonly number[] {
  return [255, 0, 0, 0, wan, 0, 3, 0, 1, ...macOctets(mac)];
}
