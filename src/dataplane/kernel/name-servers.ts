/**
 * Who else answers DNS on this machine: a resolver on all addresses, or on one that dnsmasq is to have.
 *
 * Always holds: reads only; a resolver on a loopback address is in nobody's way; without any on another
 * one no process is started.
 */
import { readdir, readlink } from 'node:fs/promises';

import { parseAddress } from '../../net/address.ts';
import type { NameServer } from '../../plan/facts.ts';
import { run } from '../../system/command.ts';
import { readIfPresent } from '../../system/file.ts';

const TABLES = ['udp', 'udp6', 'tcp', 'tcp6'] as const;

/** 53 in hexadecimal digits, as the kernel writes it, and the state of a TCP socket that listens. */
const PORT = '0035';
const LISTENS = '0A';

/** @param own dnsmasq's, if it runs: its sockets are in nobody's way. */
export async function nameServersBeside(own: number | undefined): Promise<readonly NameServer[]> {
  const texts = await Promise.all(TABLES.map((name) => readIfPresent(`/proc/net/${name}`)));
  const sockets = texts.flatMap((text, index) =>
    boundSockets(text ?? '', TABLES[index]?.startsWith('tcp') ?? false),
  );
  if (sockets.length === 0) return [];
  const ours = own === undefined ? new Set<string>() : await socketsOf(own);
  if (sockets.every((inode) => ours.has(inode))) return [];
  const filter = ['sport', '=', ':53'];
  return parseListening(await run(['ss', '-H', '-l', '-n', '-t', '-u', '-p', ...filter])).filter(
    ({ pid }) => pid === undefined || pid !== own,
  );
}

/** The inodes of sockets on port 53 of any address that is not loopback. */
function boundSockets(text: string, isTcp: boolean): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = '', port] = local.split(':');
    if (port !== PORT || inode === undefined || (isTcp && state !== LISTENS)) return [];
    // In the order of the machine: 127.0.0.1 ends with 7F, ::1 with a word of 1.
    const isLoopback = address.length === 8 ? address.endsWith('7F') : /^0{24}0?1/.test(address);
    return isLoopback ? [] : [inode];
  });
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const directory = `/proc/${pid}/fd`;
  const names = await readdir(directory).catch(() => []);
  const links = await Promise.all(
    names.map((name) => readlink(`${directory}/${name}`).catch(() => '')),
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** `ss -H -l -n -t -u -p`. */
export function parseListening(text: string): readonly (NameServer & { pid?: number })[] {
  return text.split('\n').flatMap((line) => {
    const [, local = ''] = /^\S+\s+\S+\s+\d+\s+\d+\s+(\S+):53\s/.exec(line) ?? [];
    // `*`: all of both families; `[fe80::1]%lan0`, `127.0.0.53%lo`.
    const plain = local.replace(/%[^\]]*/, '').replace(/[[\]]/g, '');
    const address = parseAddress(plain === '*' ? '::' : plain);
    if (address === undefined) return [];
    const [, name = 'a program', pid] = /"([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return [{ address, program: name, ...(pid === undefined ? {} : { pid: Number(pid) }) }];
  });
}
