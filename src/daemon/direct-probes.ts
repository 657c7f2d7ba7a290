/**
 * The probes of one direct path: ICMP echo by fping, TCP by connecting; both from the WAN's own address
 * and bound to its interface: two modems may have given their WANs one address.
 *
 * Always holds: whoever does not answer in time has not answered, also when fping itself cannot send;
 * after `close` nothing is reported any more.
 */
import type { Socket } from 'node:net';

import type { ProbeTarget, SiteConfig } from '../config/site.ts';
import { WamptcpError } from '../lib/errors.ts';
import { parseAnswer } from '../monitor/target-health.ts';
import type { DirectPath } from '../plan/direct-path.ts';
import { connectBound } from '../system/bound-socket.ts';
import { LineProcess } from '../system/line-process.ts';
import { targetsOf } from './direct-tracker.ts';

/** fping may be late itself, on a busy machine or while it starts. */
const PATIENCE_MS = 1000;

export type OnAnswer = (target: ProbeTarget, roundTrip: number | undefined) => void;

export class DirectProbes {
  readonly #site: SiteConfig;
  readonly #path: DirectPath;
  readonly #onAnswer: OnAnswer;
  readonly #fping: LineProcess | undefined;
  readonly #timer: NodeJS.Timeout;
  /** When each ICMP target was last heard of, or was given up. */
  readonly #heard = new Map<ProbeTarget, number>();
  #closed = false;

  constructor(site: SiteConfig, path: DirectPath, onAnswer: OnAnswer) {
    this.#site = site;
    this.#path = path;
    this.#onAnswer = onAnswer;
    const { interval } = site.probes;
    const targets = targetsOf(site, path);
    const echo = targets.filter(({ tcp }) => tcp === undefined);
    for (const target of echo) this.#heard.set(target, performance.now());
    this.#fping = echo.length === 0 ? undefined : this.#startFping(echo);
    this.#timer = setInterval(() => {
      this.#noticeSilence();
      for (const target of targets) if (target.tcp !== undefined) this.#dial(target, target.tcp);
    }, interval);
  }

  close(): void {
    this.#closed = true;
    this.#fping?.stop();
    clearInterval(this.#timer);
  }

  #startFping(targets: readonly ProbeTarget[]): LineProcess {
    const { interval, roundTrip } = this.#site.probes;
    const { family, local, wan } = this.#path;
    const addresses = targets.map(({ address }) =>
      address.startsWith('fe80:') ? `${address}%${wan.interface}` : address,
    );
    return new LineProcess(
      [
        ...['fping', family === 'ipv4' ? '-4' : '-6', '-l', '-p', String(interval)],
        ...['-t', String(roundTrip), '-I', wan.interface, '-S', local],
        ...addresses,
      ],
      {
        onLine: (line) => {
          const answer = parseAnswer(line);
          const target = targets.find((one) => one.address === answer?.address);
          if (answer === undefined || target === undefined) return;
          this.#heard.set(target, performance.now());
          this.#report(target, answer.roundTrip);
        },
      },
    );
  }

  /** Without a way to send, fping says nothing at all. */
  #noticeSilence(): void {
    const { interval, roundTrip } = this.#site.probes;
    const now = performance.now();
    for (const [target, heard] of this.#heard) {
      if (now - heard < interval + roundTrip + PATIENCE_MS) continue;
      this.#heard.set(target, heard + interval);
      this.#report(target, undefined);
    }
  }

  #dial(target: ProbeTarget, port: number): void {
    const began = performance.now();
    const socket = this.#connect(target, port);
    if (socket === undefined) return;
    let open = true;
    const end = (roundTrip: number | undefined): void => {
      if (!open) return;
      open = false;
      clearTimeout(late);
      // To reset one that is not connected yet, Node waits until it is.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      this.#report(target, roundTrip);
    };
    const late = setTimeout(() => {
      end(undefined);
    }, this.#site.probes.roundTrip);
    socket
      .once('connect', () => {
        end(performance.now() - began);
      })
      .once('error', (error: NodeJS.ErrnoException) => {
        // The WAN has just lost its address: that says nothing of the line, and we are told anyway.
        if (error.code === 'EADDRNOTAVAIL') open = false;
        clearTimeout(late);
        end(undefined);
      });
  }

  /** Undefined: the WAN has just lost its interface, of which we are told anyway. */
  #connect({ address: host }: ProbeTarget, port: number): Socket | undefined {
    const { local: localAddress, wan } = this.#path;
    try {
      return connectBound({ host, port, localAddress, interface: wan.interface });
    } catch (error) {
      if (error instanceof WamptcpError) return undefined;
      throw error;
    }
  }

  #report(target: ProbeTarget, roundTrip: number | undefined): void {
    if (!this.#closed) this.#onAnswer(target, roundTrip);
  }
}
