/**
 * Watches over the MPTCP proxy: starts it again when it has ended, and tells when a peer's proxy stops
 * to answer, since connections to it then have one leg less.
 *
 * Always holds: without a proxy in the site it does nothing; while the process is dead, the kernel
 * forwards plain TCP as it is, so nothing waits for us.
 */
import type { SiteConfig } from '../config/site.ts';
import { proxyHasEnded, proxyPid, startProxy } from '../dataplane/kernel/proxy.ts';
import { parseProxyFigures } from '../monitor/proxy-figures.ts';
import type { ProxyFigures } from '../monitor/proxy-figures.ts';
import type { Event } from '../observe/event.ts';
import type { ProxyStatus } from '../observe/status.ts';
import { backendOf } from '../plan/proxy-config.ts';
import { askSocket } from '../system/ask-socket.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { Revival } from './revival.ts';
import type { Exclusively } from './revival.ts';

export interface ProxyWatchOptions {
  readonly site: SiteConfig;
  readonly directory: RunDirectory;
  readonly exclusively: Exclusively;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

export class ProxyWatch {
  readonly #options: ProxyWatchOptions;
  readonly #revival: Revival;
  /** What was told last of each peer's proxy. */
  readonly #told = new Map<string, boolean>();

  constructor(options: ProxyWatchOptions) {
    this.#options = options;
    const { directory, exclusively, onEvent } = options;
    this.#revival = new Revival({
      program: 'HAProxy',
      kind: 'proxy-restarted',
      hasEnded: () => proxyHasEnded(directory),
      start: () => startProxy(directory),
      ...{ exclusively, onEvent },
    });
  }

  /** Starts HAProxy when it has ended; a comparison with the machine would do it uncounted. */
  async restart(): Promise<void> {
    if (this.#options.site.proxy !== undefined) await this.#revival.attempt();
  }

  async everySecond(): Promise<void> {
    if (this.#options.site.proxy === undefined) return;
    await this.restart();
    this.#tellTwins(await this.#figures());
  }

  /** Null: this site has no proxy. */
  async status(): Promise<ProxyStatus | null> {
    const { site, directory } = this.#options;
    if (site.proxy === undefined) return null;
    const pid = await proxyPid(directory);
    const figures = pid === undefined ? undefined : await this.#figures();
    return {
      running: pid !== undefined,
      pid: pid ?? null,
      restarts: this.#revival.restarts,
      limit: site.proxy.connections,
      connections: figures?.connections ?? null,
      total: figures?.total ?? null,
      forPeers: figures?.forPeers ?? null,
      peers: site.peers.map((peer) => ({
        peer: peer.name,
        twin: peer.proxy ?? null,
        answers: figures?.twins.get(backendOf(peer)) ?? null,
      })),
    };
  }

  /** Undefined: it does not run, or has no time to answer. */
  async #figures(): Promise<ProxyFigures | undefined> {
    try {
      return parseProxyFigures(await askSocket(this.#options.directory.proxySocket, 'show stat'));
    } catch {
      return undefined;
    }
  }

  #tellTwins(figures: ProxyFigures | undefined): void {
    for (const peer of this.#options.site.peers) {
      const answers = figures?.twins.get(backendOf(peer));
      if (answers === undefined) continue;
      // A proxy that answers from the start is no news.
      const before = this.#told.get(peer.name) ?? true;
      this.#told.set(peer.name, answers);
      if (answers === before) continue;
      const text = answers
        ? `the proxy of ${peer.name} answers again`
        : `the proxy of ${peer.name} does not answer: new connections go to the servers there without it`;
      this.#options.onEvent({ kind: answers ? 'twin-up' : 'twin-down', text });
    }
  }
}
