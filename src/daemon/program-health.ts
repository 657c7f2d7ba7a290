/**
 * Asks the programs that serve the site, every second, whether they do their work, and ends those
 * that hang. The watch of each program then starts it again, as after any other end.
 *
 * Always holds: it waits for nobody else's work, which may itself wait for the program that hangs.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';

import { enginePid } from '../dataplane/kernel/engine.ts';
import { provisionerPid } from '../dataplane/kernel/provisioner.ts';
import { proxyProcesses } from '../dataplane/kernel/proxy.ts';
import { unlessPending } from '../lib/unless-pending.ts';
import { HungJudge, isStopped, parseProcessStat, parseUdpBacklog } from '../monitor/hung.ts';
import type { Event } from '../observe/event.ts';
import { askSocket, greeting } from '../system/ask-socket.ts';
import type { RunDirectory } from '../system/run-directory.ts';

const LOOK_MS = 1000;

export interface ProgramHealthOptions {
  readonly directory: RunDirectory;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

interface Program {
  readonly name: string;
  /** Undefined: it does not run. */
  readonly pid: () => Promise<number | undefined>;
  readonly answers: (pid: number) => Promise<boolean>;
}

export class ProgramHealth {
  readonly #options: ProgramHealthOptions;
  #timer: NodeJS.Timeout | undefined;
  readonly #judges = new Map<string, HungJudge>();

  constructor(options: ProgramHealthOptions) {
    this.#options = options;
  }

  watch(): void {
    this.#timer = setInterval(
      unlessPending(() => this.#look()),
      LOOK_MS,
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const programs = programsOf(this.#options.directory);
    // What cannot be looked at now is looked at the next time.
    await Promise.allSettled(programs.map((program) => this.#lookAt(program)));
  }

  async #lookAt({ name, pid: findPid, answers }: Program): Promise<void> {
    const pid = await findPid();
    if (pid === undefined) return;
    const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    if (stat === undefined) return;
    const answered = !isStopped(stat) && (await answers(pid));
    const judge = this.#judges.get(name) ?? new HungJudge();
    this.#judges.set(name, judge);
    const why = judge.look({ pid, ...stat, answered });
    // It may have been started anew meanwhile.
    if (why === undefined || (await findPid()) !== pid) return;
    this.#options.onEvent({
      kind: 'program-hung',
      text: `${name.split(' ')[0] ?? name} hung and was ended: ${why}`,
    });
    // A program that is stopped takes no other signal.
    process.kill(pid, 'SIGKILL');
  }
}

function programsOf(directory: RunDirectory): readonly Program[] {
  return [
    {
      name: 'BIRD',
      pid: () => enginePid(directory),
      answers: () => succeeds(greeting(directory.engineSocket)),
    },
    {
      name: 'dnsmasq',
      pid: () => provisionerPid(directory),
      answers: async (pid) => (await udpBacklog(pid)) === 0,
    },
    ...proxyProcesses(directory).map(({ name, pid, socket }) => ({
      name: `HAProxy ${name}`,
      pid,
      answers: () => succeeds(askSocket(socket, 'show info')),
    })),
  ];
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** Octets that wait for a process to be read: it has no socket on which it could be asked. */
async function udpBacklog(pid: number): Promise<number> {
  const files = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(
    files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')),
  );
  const inodes = new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  const tables = await Promise.all(
    ['udp', 'udp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables.reduce((sum, table) => sum + parseUdpBacklog(table, inodes), 0);
}
