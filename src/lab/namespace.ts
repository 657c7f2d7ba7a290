/**
 * The namespaces of a lab: made with a mark inside, found and deleted by that mark.
 *
 * Always holds: a namespace has its mark before it has its name, so one with the name and without
 * the mark is somebody else's, whenever a command was killed. Nothing is made over an existing name.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { isMissing } from '../system/file.ts';
import type { Command } from './link/command.ts';
import { namespaceMark } from './names.ts';

const DIRECTORY = '/run/netns';

/** `$0` is the name, `$1` the mark; the namespace is that of the shell until it has the name. */
const MAKE = 'ip link set lo alias "$1" up && exec ip netns attach "$0" $$';

export function makeNamespace(lab: string, name: string): Command {
  return { argv: ['unshare', '--net', 'sh', '-c', MAKE, name, namespaceMark(lab)] };
}

/** The same commands, with every namespace that they make marked as the lab's. */
export function markNamespaces(lab: string, commands: readonly Command[]): Command[] {
  return commands.map((command) => {
    const [program, object, verb, name] = command.argv;
    const makes = program === 'ip' && object === 'netns' && verb === 'add' && name !== undefined;
    return makes ? makeNamespace(lab, name) : command;
  });
}

export function deleteNamespace(name: string): Command {
  return { argv: ['ip', 'netns', 'delete', name] };
}

export async function existingNamespaces(): Promise<readonly string[]> {
  try {
    return await readdir(DIRECTORY);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Those that this lab has made, whatever is written elsewhere. */
export async function namespacesMarked(lab: string): Promise<readonly string[]> {
  const candidates = (await existingNamespaces()).filter((name) => name.startsWith(`${lab}-`));
  const marked = await Promise.all(
    candidates.map(async (name) => (await markOf(name)) === namespaceMark(lab)),
  );
  return candidates.filter((_, index) => marked[index]);
}

/** The number by which the kernel knows a namespace; undefined when there is none of that name. */
export async function namespaceInode(name: string): Promise<number | undefined> {
  try {
    return (await stat(join(DIRECTORY, name))).ino;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function markOf(name: string): Promise<string | undefined> {
  const result = await execa('ip', ['-n', name, '-j', 'link', 'show', 'dev', 'lo'], {
    reject: false,
  });
  if (result.failed) return undefined;
  const [loopback] = JSON.parse(result.stdout) as readonly { readonly ifalias?: string }[];
  return loopback?.ifalias;
}
