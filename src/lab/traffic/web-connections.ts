/**
 * The connections over which a page is loaded: each gets a number when it is first used, and is
 * watched to its end.
 */

import type { Socket } from 'node:net';
import { connectedReport } from './connected.ts';
import { ConnectionWatch, type MptcpState } from './mptcp-state.ts';
import type { ConnectedReport } from './report.ts';

export class WebConnections {
  readonly #transfer: string;
  readonly #onConnected: (report: ConnectedReport) => void;
  readonly #watches = new Map<Socket, ConnectionWatch>();

  constructor(transfer: string, onConnected: (report: ConnectedReport) => void) {
    this.#transfer = transfer;
    this.#onConnected = onConnected;
  }

  /** From 0. */
  numberOf(socket: Socket): number {
    if (!this.#watches.has(socket)) this.#add(socket);
    return [...this.#watches.keys()].indexOf(socket);
  }

  /** Notes how many subflows each has now. */
  look(): void {
    for (const watch of this.#watches.values()) watch.now();
  }

  /** In the order of their numbers; no subflow at all: it never came up. */
  summary(): MptcpState[] {
    return [...this.#watches.values()].map((watch) => watch.summary());
  }

  #add(socket: Socket): void {
    this.#watches.set(socket, new ConnectionWatch(socket));
    socket.once('connect', () => {
      this.#onConnected(connectedReport(socket, { transfer: this.#transfer }, 'receiver'));
    });
  }
}
