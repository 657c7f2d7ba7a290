/**
 * FRR's bfdd with the zebra it needs, in a namespace, by hand: no service, no file of the system's.
 *
 * Always holds: everything it writes is in a directory of the test's, except crash logs below
 * /var/tmp/frr, which are removed with it; its processes are ended by their pids.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { ForeignPrograms } from './foreign-programs.ts';
import type { Namespace } from './namespace.ts';

const PROGRAMS = '/usr/lib/frr';

/** What is looked at of `show bfd peers json`. */
export interface FrrPeer {
  readonly status: 'up' | 'down' | 'init' | 'shutdown';
  /** Why it is down, in FRR's words for RFC 5880 section 4.1. */
  readonly diagnostic: string;
  readonly 'remote-diagnostic': string;
  readonly 'remote-receive-interval': number;
  readonly 'remote-transmit-interval': number;
  readonly 'remote-detect-multiplier': number;
}

export class Frr {
  readonly #namespace: Namespace;
  readonly #directory: string;
  readonly #programs: ForeignPrograms;

  private constructor(namespace: Namespace, directory: string) {
    this.#namespace = namespace;
    this.#directory = directory;
    this.#programs = new ForeignPrograms(namespace);
  }

  /** @param config of bfdd. */
  static async start(namespace: Namespace, directory: string, config: string): Promise<Frr> {
    const frr = new Frr(namespace, directory);
    mkdirSync(directory);
    writeFileSync(join(directory, 'zebra.conf'), '');
    writeFileSync(join(directory, 'bfdd.conf'), config);
    await execa('chown', ['-R', 'frr:frr', directory]);
    await frr.#start('zebra', 'zserv.api');
    await frr.#start('bfdd', 'bfdd.vty', '--bfdctl', join(directory, 'bfdd.sock'));
    return frr;
  }

  async peer(): Promise<FrrPeer> {
    const text = await this.#namespace.run(
      ...['vtysh', '--vty_socket', this.#directory, '-c', 'show bfd peers json'],
    );
    return (JSON.parse(text) as FrrPeer[])[0]!;
  }

  /** How often the session went down. */
  async failures(): Promise<number> {
    const text = await this.#namespace.run(
      ...['vtysh', '--vty_socket', this.#directory, '-c', 'show bfd peers counters json'],
    );
    return (JSON.parse(text) as { 'session-down': number }[])[0]!['session-down'];
  }

  async stop(): Promise<void> {
    await this.#programs.stop('SIGKILL');
    for (const pid of this.#programs.pids) {
      rmSync(`/var/tmp/frr/zebra.${pid}`, { recursive: true, force: true });
      rmSync(`/var/tmp/frr/bfdd.${pid}`, { recursive: true, force: true });
    }
  }

  async #start(name: 'zebra' | 'bfdd', socket: string, ...args: string[]): Promise<void> {
    const file = (suffix: string): string => join(this.#directory, suffix);
    // It changes its user, and complains of what that one may not do; the log has the rest.
    await this.#programs.listening(
      file(socket),
      ...[join(PROGRAMS, name), '-u', 'frr', '-g', 'frr', '-P', '0'],
      ...['--vty_socket', this.#directory, '-z', file('zserv.api')],
      ...['-i', file(`${name}.pid`), '-f', file(`${name}.conf`)],
      ...['--log', `file:${file(`${name}.log`)}`, ...args],
    );
  }
}
