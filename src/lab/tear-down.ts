/**
 * Removes everything of a lab and nothing else.
 *
 * Always holds: it works from what is there (marked namespaces, the processes in them) and not only
 * from what was written, so it finishes after any crash, and may be repeated.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { runDirectoryOf } from '../system/run-directory.ts';
import { runCommand } from './link/command.ts';
import { openImpairment } from './link/impairment.ts';
import { labDirectory } from './names.ts';
import { deleteNamespace, namespaceInode, namespacesMarked } from './namespace.ts';
import { endProcessesIn, processesWith, signal } from './processes.ts';

/** One that broke may still hold its socket, and answer nobody. */
const ANSWER_MS = 3000;

export interface Removed {
  readonly namespaces: number;
  readonly processes: number;
  /** False: there was no namespace, process, record or directory of this lab. */
  readonly existed: boolean;
}

export async function tearDown(lab: string): Promise<Removed> {
  const directory = labDirectory(lab);
  const written = existsSync(directory.path) || existsSync(directory.record);
  const delayLines = await endDelayLine(lab);
  let namespaces = 0;
  let processes = 0;
  // A command of a killed `lab up` may still have been at work during the first round.
  for (;;) {
    const names = await namespacesMarked(lab);
    if (names.length === 0) break;
    namespaces += names.length;
    processes += await removeNamespaces(names);
  }
  await rm(directory.path, { recursive: true, force: true });
  await rm(directory.record, { force: true });
  return { namespaces, processes, existed: written || delayLines > 0 || namespaces > 0 };
}

async function removeNamespaces(names: readonly string[]): Promise<number> {
  const inodes = (await Promise.all(names.map(namespaceInode))).filter(
    (inode) => inode !== undefined,
  );
  const ended = await endProcessesIn(new Set(inodes));
  for (const name of names) await runCommand(deleteNamespace(name));
  for (const inode of inodes) {
    await rm(runDirectoryOf(inode).path, { recursive: true, force: true });
  }
  return ended;
}

/** @returns how many had to be ended by force. */
async function endDelayLine(lab: string): Promise<number> {
  const { delaySocket } = labDirectory(lab);
  // The kind is given: asking the kernel for it would make a namespace only to find out.
  const impairment = await openImpairment(delaySocket, 'delay-line');
  const answered = new AbortController();
  const late = sleep(ANSWER_MS, undefined, { signal: answered.signal }).catch(() => undefined);
  await Promise.race([impairment.end().catch(() => undefined), late]);
  answered.abort();
  const left = await processesWith(
    (words) => words.at(-1) === delaySocket && /\/delay-process\.[jt]s$/.test(words.at(-2) ?? ''),
  );
  for (const pid of left) signal(pid, 'SIGKILL');
  return left.length;
}
