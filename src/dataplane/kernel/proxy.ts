/**
 * HAProxy as the MPTCP proxy: started, reloaded and stopped by us, but no child of ours.
 *
 * Always holds: it runs as a user of its own with one capability, to speak from addresses that are
 * not ours; it daemonises itself, so connections outlive every process of ours; a reload hands the
 * listening sockets over and lets the connections of the old process go on until they end; a
 * configuration it would refuse never replaces the one it has.
 */
import { chmod, chown, mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

import { WamptcpError } from '../../lib/errors.ts';
import type { HaproxyFacts } from '../../plan/facts.ts';
import {
  CONTROL_SOCKET,
  LIFE_MARK,
  needsPlainProcess,
  PLAIN_PROCESS,
  RELAY_SOCKET,
} from '../../plan/proxy-config.ts';
import { knownPid, stopBackground } from '../../system/background.ts';
import type { Background } from '../../system/background.ts';
import { run } from '../../system/command.ts';
import { readIfPresent, removeDirectory, removeFile, writeAtomically } from '../../system/file.ts';
import { blamingDisk } from '../../system/disk.ts';
import { isReached } from '../../system/is-reached.ts';
import type { RunDirectory } from '../../system/run-directory.ts';
import { newLife, UNMARKED } from './proxy-life.ts';
import type { Life } from './proxy-life.ts';

/** Debian's package makes it. */
const USER = 'haproxy';

/** More than six per connection at the greatest limit a site file may have. */
const FILES = 262_144;

/** From this version on it opens MPTCP sockets by itself. */
const NATIVE_SINCE = [3, 1] as const;

/** What it runs with; undefined: it does not run. */
export async function proxyConfigOf(directory: RunDirectory): Promise<string | undefined> {
  const config = await readIfPresent(directory.proxyConfig);
  if (config === undefined) return undefined;
  return (await endedParts(directory, config)).length === 0 ? config : undefined;
}

/** Whether a process of it has ended that should run; after {@link stopProxy} none should. */
export async function proxyHasEnded(directory: RunDirectory): Promise<boolean> {
  const config = await readIfPresent(directory.proxyConfig);
  return config !== undefined && (await endedParts(directory, config)).length > 0;
}

/** The process that takes connections; those before it may still carry some. */
export async function proxyPid(directory: RunDirectory): Promise<number | undefined> {
  return await pidOf(directory, CARRIER);
}

/** The processes that it may consist of, and where each is asked. */
export function proxyProcesses(directory: RunDirectory): readonly {
  readonly name: string;
  /** Undefined: it does not run. */
  readonly pid: () => Promise<number | undefined>;
  readonly socket: string;
}[] {
  return [CARRIER, PLAIN].map((part) => ({
    name: part.pidFile,
    pid: () => pidOf(directory, part),
    socket: directory[part.socket],
  }));
}

/** The processes of it, which run with the same file. */
interface Part {
  readonly pidFile: 'proxyPid' | 'plainProxyPid';
  readonly socket: 'proxySocket' | 'plainProxySocket';
  readonly env: Readonly<Record<string, string>>;
}

const CARRIER: Part = { pidFile: 'proxyPid', socket: 'proxySocket', env: {} };
const PLAIN: Part = {
  pidFile: 'plainProxyPid',
  socket: 'plainProxySocket',
  env: { [PLAIN_PROCESS]: '1' },
};

/** The one that others need comes first. */
function partsOf(config: string): readonly Part[] {
  return needsPlainProcess(config) ? [PLAIN, CARRIER] : [CARRIER];
}

async function pidOf(directory: RunDirectory, part: Part): Promise<number | undefined> {
  return await knownPid(inBackground(directory, part));
}

async function endedParts(directory: RunDirectory, config: string): Promise<readonly Part[]> {
  const parts = partsOf(config);
  const pids = await Promise.all(parts.map((part) => pidOf(directory, part)));
  return parts.filter((_, index) => pids[index] === undefined);
}

function inBackground(directory: RunDirectory, part: Part): Background {
  const { proxyConfig: config } = directory;
  return { program: 'haproxy', pidFile: directory[part.pidFile], config };
}

/** Runs it with `config`, in the place of the one that runs. */
export async function loadProxy(directory: RunDirectory, config: string): Promise<void> {
  await prepare(directory);
  const candidate = `${directory.proxyConfig}.new`;
  await writeAtomically(candidate, config, READABLE);
  for (const part of partsOf(config)) {
    await haproxy(directory, part, candidate, ['-c', '-q'], UNMARKED);
  }
  const before = await readIfPresent(directory.proxyConfig);
  await rename(candidate, directory.proxyConfig);
  try {
    for (const part of partsOf(config)) await start(directory, part);
  } catch (error) {
    // The old process has gone on, for a new one that fails takes nothing from it. Of two that are
    // needed one may have started.
    if (before === undefined) await stopProxy(directory);
    else await writeAtomically(directory.proxyConfig, before, READABLE);
    throw error;
  }
}

/** Starts what has ended of it, with the configuration on disk. */
export async function startProxy(directory: RunDirectory): Promise<void> {
  const config = (await readIfPresent(directory.proxyConfig)) ?? '';
  await blamingDisk('HAProxy could not be started', [directory.path], async () => {
    for (const part of await endedParts(directory, config)) await start(directory, part);
  });
}

/** In the place of one that runs, which takes no more connections then. */
async function start(directory: RunDirectory, part: Part): Promise<void> {
  const before = await pidOf(directory, part);
  const takeOver =
    before === undefined ? [] : ['-x', directory[part.socket], '-sf', String(before)];
  await haproxy(
    directory,
    part,
    directory.proxyConfig,
    [...['-D', '-p', directory[part.pidFile]], ...takeOver],
    // The other one speaks to no host that asked for anything.
    part === CARRIER ? await newLife() : UNMARKED,
  );
  const started = await isReached(async () => {
    const pid = await pidOf(directory, part);
    return pid !== undefined && pid !== before;
  });
  if (!started) {
    throw new WamptcpError('PROXY_FAILED', 'HAProxy did not start', {
      advice: `\`haproxy -c -f ${directory.proxyConfig}\` says what it finds in its configuration.`,
    });
  }
}

/** Every connection through it ends. */
export async function stopProxy(directory: RunDirectory): Promise<void> {
  // Both, since they run with the same file.
  await stopBackground(inBackground(directory, CARRIER));
  await removeFile(directory.proxyConfig);
  await removeDirectory(dirname(directory.proxyPid));
}

/** So long what HAProxy has said of itself counts, milliseconds: it may be installed or upgraded. */
const FACTS_LAST_MS = 60_000;

let lastFacts: { readonly at: number; readonly facts: Promise<HaproxyFacts> } | undefined;

/** By its own word. */
export async function haproxyFacts(): Promise<HaproxyFacts> {
  const now = performance.now();
  if (lastFacts === undefined || now - lastFacts.at > FACTS_LAST_MS) {
    lastFacts = { at: now, facts: askHaproxy() };
  }
  return await lastFacts.facts;
}

async function askHaproxy(): Promise<HaproxyFacts> {
  try {
    const [, major = '0', minor = '0'] =
      /version (\d+)\.(\d+)/.exec(await run(['haproxy', '-v'])) ?? [];
    const [needed, least] = NATIVE_SINCE;
    const version = Number(major);
    const native = version > needed || (version === needed && Number(minor) >= least);
    return native ? 'native' : 'wrapped';
  } catch {
    return 'absent';
  }
}

/** A container may forbid it; then HAProxy takes as many connections as it has files for. */
async function withFiles(): Promise<readonly string[]> {
  const words = ['prlimit', `--nofile=${FILES}:${FILES}`];
  const allowed = await run([...words, 'true']).then(
    () => true,
    () => false,
  );
  return allowed ? words : [];
}

/** It reads its configuration and writes its number and its socket as the user it is. */
const READABLE = 0o644;

async function prepare(directory: RunDirectory): Promise<void> {
  const own = dirname(directory.proxyPid);
  await mkdir(own, { recursive: true, mode: 0o700 });
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (which) => Number(await run(['id', which, USER]))),
  );
  await chown(own, uid ?? 0, gid ?? 0);
  // To be passed through, not to be looked into.
  for (const path of [directory.path, dirname(directory.path)]) await chmod(path, 0o711);
}

async function haproxy(
  directory: RunDirectory,
  part: Part,
  config: string,
  words: readonly string[],
  life: Life,
): Promise<void> {
  const capabilities = ['--bounding-set', '--inh-caps', '--ambient-caps'].flatMap((set) => [
    set,
    '-all,+net_admin',
  ]);
  const plain = part === PLAIN || (await haproxyFacts()) === 'native';
  const wrapped = plain ? [] : ['mptcpize', 'run'];
  await run(
    [
      ...(await withFiles()),
      ...life.words,
      ...['setpriv', '--reuid', USER, '--regid', USER, '--clear-groups', ...capabilities],
      ...wrapped,
      ...['haproxy', '-f', config, ...words],
    ],
    {
      env: {
        ...part.env,
        [CONTROL_SOCKET]: directory[part.socket],
        [RELAY_SOCKET]: directory.proxyRelay,
        [LIFE_MARK]: life.mark,
      },
    },
  );
}
