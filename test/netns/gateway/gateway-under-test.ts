/**
 * One gateway of a test: a namespace, a site file, and the daemon that runs there as a user runs it,
 * `wamptcp run -c FILE`.
 *
 * Always holds: processes are ended by their pid; afterwards neither the path engine nor the run
 * directory is left.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { fetchStatus } from '../../../src/daemon/api-client.ts';
import { readEvents } from '../../../src/daemon/event-journal.ts';
import type { Event, EventKind } from '../../../src/observe/event.ts';
import type { PathStatus, Status } from '../../../src/observe/status.ts';
import { runDirectoryOf } from '../../../src/system/run-directory.ts';
import type { RunDirectory } from '../../../src/system/run-directory.ts';
import type { Namespace } from './namespace.ts';
import type { Side, SiteFile } from './site-files.ts';

const WAMPTCP = join(import.meta.dirname, '../../../bin/wamptcp');

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of a packet that is forwarded. */
export type Protocol = 'tcp' | 'udp' | 'icmp';

/** Generous: says that something happens at all, not how fast. */
export const PATIENCE_MS = 60_000;

/** What a daemon finds when it starts, before the other end answers, is no failure. */
export function foundAtStart({ kind, afterMs }: Event): boolean {
  return kind === 'path-down' && afterMs === undefined;
}

export class GatewayUnderTest {
  readonly side: Side;
  readonly namespace: Namespace;
  readonly file: string;
  readonly directory: RunDirectory;
  #site: SiteFile;
  readonly #run: readonly string[];
  #daemon: ChildProcess | undefined;
  #log = '';

  /** @param run what runs the daemon; its last argument is the site file. */
  constructor(
    namespace: Namespace,
    site: SiteFile,
    temporary: string,
    run: readonly string[] = [WAMPTCP, 'run', '-c'],
  ) {
    this.side = site.site;
    this.namespace = namespace;
    this.file = join(temporary, `${site.site}.yaml`);
    this.directory = runDirectoryOf(namespace.inode);
    this.#site = site;
    this.#run = run;
    this.writeSite();
  }

  /** Changes the site file on disk; nothing is applied. */
  writeSite(change: (site: SiteFile) => void = () => undefined): void {
    this.#site = structuredClone(this.#site);
    change(this.#site);
    writeFileSync(this.file, JSON.stringify(this.#site, null, 2));
  }

  get daemonPid(): number | undefined {
    return this.#daemon?.pid;
  }

  /** What the daemon wrote to stderr. */
  get log(): string {
    return this.#log;
  }

  enginePid(): number {
    return Number(readFileSync(this.directory.enginePid, 'utf8'));
  }

  /** Starts the daemon and waits until it answers. */
  async start(patience = PATIENCE_MS): Promise<void> {
    const [program, ...prefix] = this.namespace.prefix;
    const daemon = spawn(program, [...prefix, ...this.#run, this.file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#log = '';
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#daemon = daemon;
    const answers = async (): Promise<boolean> => {
      if (daemon.exitCode !== null) throw new Error(`the daemon ended: ${this.#log}`);
      return (await this.#answers())?.daemon?.pid === daemon.pid;
    };
    await eventually(`${this.side}: the daemon answers`, answers, patience);
  }

  /** Ends the daemon; SIGKILL is what a crash is like. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null) return daemon?.exitCode ?? null;
    return await new Promise((resolve) => {
      daemon.once('exit', resolve);
      daemon.kill(signal);
    });
  }

  /** `wamptcp …` in this namespace, to its end, well or not. */
  async wamptcp(...args: string[]): Promise<Ended> {
    const [program, ...prefix] = this.namespace.prefix;
    const result = await execa(program, [...prefix, WAMPTCP, ...args], { reject: false });
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }

  /** As {@link wamptcp}, but must end well. */
  async must(...args: string[]): Promise<string> {
    const result = await this.wamptcp(...args);
    if (result.exitCode !== 0) {
      throw new Error(`wamptcp ${args.join(' ')}: ${result.stdout}\n${result.stderr}`);
    }
    return result.stdout;
  }

  /** What `wamptcp status --json` prints, asked where it asks; the command itself takes a second. */
  async status(): Promise<Status> {
    const status = await this.#answers();
    if (status === undefined) throw new Error(`${this.side}: no daemon`);
    return status;
  }

  async path(wan: number): Promise<PathStatus> {
    return (await this.status()).paths.find((path) => path.wan === `w${wan}`)!;
  }

  /** The path that carries the subnets of a WAN now, by the number of its WAN; null: none. */
  async carrier(wan: number): Promise<number | null> {
    const { wans, paths } = await this.status();
    const name = wans[wan - 1]!.carriedBy[0]!.path;
    const path = paths.find((one) => one.name === name);
    return path === undefined ? null : Number(path.wan.slice(1));
  }

  /** The device by which the kernel sends from a subnet of ours to one of the peer's. */
  async device(from: string, to: string, protocol: Protocol = 'tcp'): Promise<string> {
    const family = from.includes(':') ? '-6' : '-4';
    const asked = ['to', to, 'from', from, 'iif', 'lan0', 'ipproto', nameOf(protocol, family)];
    const text = await this.namespace
      .run('ip', family, '-o', 'route', 'get', ...asked)
      .catch((error: unknown) => String(error));
    return /\bdev (\S+)/.exec(text)?.[1] ?? text;
  }

  /** Events so far, oldest first; outlives the daemon. */
  async events(...kinds: EventKind[]): Promise<readonly Event[]> {
    const events = await readEvents(this.directory.events);
    return kinds.length === 0 ? events : events.filter((event) => kinds.includes(event.kind));
  }

  /** Waits until paths are in these states, in the order of the WANs. */
  async waitForPaths(...states: PathStatus['state'][]): Promise<void> {
    let seen: readonly string[] = [];
    await eventually(
      () => `${this.side}: paths ${states.join(', ')}, but ${seen.join(', ')}`,
      async () => {
        seen = (await this.#answers())?.paths.map((path) => path.state) ?? [];
        return seen.length === states.length && seen.every((state, i) => state === states[i]);
      },
    );
  }

  /** Waits until WAN i's subnets are carried by the path of WAN `carriers[i - 1]`. */
  async waitForCarriers(...carriers: (number | null)[]): Promise<void> {
    let seen: (number | null)[] = [];
    await eventually(
      () => `${this.side}: carried by ${carriers.join(', ')}, but by ${seen.join(', ')}`,
      async () => {
        seen = await Promise.all(carriers.map((_, index) => this.carrier(index + 1)));
        return seen.every((carrier, index) => carrier === carriers[index]);
      },
    );
  }

  async waitForEvent(what: string, matches: (event: Event) => boolean): Promise<Event> {
    let seen: readonly Event[] = [];
    return await eventually(
      () =>
        `${this.side}: ${what}, but ${seen.map(({ kind, text }) => `${kind}: ${text}`).join('; ')}`,
      async () => {
        seen = await this.events();
        return seen.find(matches);
      },
    );
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    // The engine, and guards of `apply --confirm`, which would make the run directory anew.
    await this.namespace.endProcesses();
    await this.namespace.remove();
    rmSync(this.directory.path, { recursive: true, force: true });
  }

  async #answers(): Promise<Status | undefined> {
    return await fetchStatus(this.directory.api).catch(() => undefined);
  }
}

function nameOf(protocol: Protocol, family: '-4' | '-6'): string {
  return protocol === 'icmp' && family === '-6' ? 'ipv6-icmp' : protocol;
}

/** Asks again and again until there is an answer; `what` is what was hoped for. */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => Promise<T | undefined | false>,
  patience = PATIENCE_MS,
): Promise<T> {
  for (const deadline = performance.now() + patience; ;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) {
      throw new Error(`not within ${patience} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(20);
  }
}
