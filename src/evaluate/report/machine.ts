/** The machine on which something was measured: what has to be known to compare figures. */
import { cpus, release, totalmem } from 'node:os';

import { z } from 'zod';

import { run } from '../../system/command.ts';
import { readIfPresent } from '../../system/file.ts';

export const machine = z.object({
  kernel: z.string(),
  processors: z.number(),
  processor: z.string(),
  memoryBytes: z.number(),
  system: z.string(),
  /** Name → its own words, without the name; null: not there. */
  programs: z.record(z.string(), z.string().nullable()),
  congestionControls: z.string(),
  /** Of the checkout, with `+` if something was changed; null: not a checkout. */
  commit: z.string().nullable(),
});

export type Machine = z.infer<typeof machine>;

const PROGRAMS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  node: [process.execPath, '--version'],
  bird: ['bird', '--version'],
  haproxy: ['haproxy', '-v'],
  tshark: ['tshark', '--version'],
  iperf3: ['iperf3', '--version'],
  nginx: ['nginx', '-v'],
  openvpn: ['openvpn', '--version'],
  iproute2: ['ip', '-V'],
};

const CONTROLS = '/proc/sys/net/ipv4/tcp_allowed_congestion_control';
const ROOT = new URL('../../..', import.meta.url).pathname;

export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  const versions = await Promise.all(
    Object.entries(PROGRAMS).map(async ([name, argv]) => [name, await versionOf(argv)] as const),
  );
  return {
    kernel: release(),
    processors: cpus().length,
    processor: first?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: await systemName(),
    programs: Object.fromEntries(versions),
    congestionControls: (await readIfPresent(CONTROLS))?.trim() ?? '',
    commit: await commitOf(),
  };
}

/** What makes figures comparable: memory and versions of programs are not part of it. */
export function machineName({ kernel, processors, processor }: Machine): string {
  return `Linux ${kernel}; ${processors} × ${processor}`;
}

/** What a record keeps of where it was made. */
export function originOf(here: Machine): { machine: string; commit?: string } {
  return { machine: machineName(here), ...(here.commit === null ? {} : { commit: here.commit }) };
}

/** The first number with a point in what it says; some say it on standard error. */
async function versionOf(argv: readonly [string, ...string[]]): Promise<string | null> {
  const said = await attempt(['sh', '-c', '"$@" 2>&1 || :', 'sh', ...argv]);
  return /\d+(?:\.\d+)+(?:[-+~:.]?\w+)*/.exec(said ?? '')?.[0] ?? null;
}

async function systemName(): Promise<string> {
  const text = (await readIfPresent('/etc/os-release')) ?? '';
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'unknown';
}

async function commitOf(): Promise<string | null> {
  const git = ['git', '-c', 'safe.directory=*', '-C', ROOT];
  const commit = await attempt([...git, 'rev-parse', '--short', 'HEAD']);
  if (commit === undefined) return null;
  const changed = await attempt([...git, 'status', '--porcelain', '--untracked-files=no']);
  return commit.trim() + (changed?.trim() === '' ? '' : '+');
}

async function attempt(argv: readonly string[]): Promise<string | undefined> {
  try {
    return await run(argv);
  } catch {
    return undefined;
  }
}
