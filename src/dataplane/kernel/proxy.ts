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
import { CONTROL_SOCKET } from '../../plan/proxy-config.ts';
import { knownPid, stopBackground } from '../../system/background.ts';
import type { Background } from '../../system/background.ts';
import { run } from '../../system/command.ts';
import { readIfPresent, removeDirectory, removeFile, writeAtomically } from '../../system/file.ts';
import { isReached } from '../../system/is-reached.ts';
import type { RunDirectory } from '../../system/run-directory.ts';

/** Debian's package makes it. */
const USER = 'haproxy';

/** More than six per connection at the greatest limit a site file may have. */
const FILES = 262_144;

/** From this version on it opens MPTCP sockets by itself. */
const NATIVE_SINCE = [3, 1] as const;

/** What it runs with; undefined: it does not run. */
export async function proxyConfigOf(directory: RunDirectory): Promise<string | undefined> {
  if ((await proxyPid(directory)) === undefined) return undefined;
  return await readIfPresent(directory.proxyConfig);
}

/** The process that takes connections; those before it may still carry some. */
export async function proxyPid(directory: RunDirectory): Promise<number | undefined> {
  return await knownPid(inBackground(directory));
}

function inBackground({ proxyPid: pidFile, proxyConfig: config }: RunDirectory): Background {
  return { program: 'haproxy', pidFile, config };
}

/** Runs it with `config`, in the place of the one that runs. */
export async function loadProxy(directory: RunDirectory, config: string): Promise<void> {
  await prepare(directory);
  const candidate = `${directory.proxyConfig}.new`;
  await writeAtomically(candidate, config, READABLE);
  await haproxy(directory, candidate, ['-c', '-q']);
  const before = await readIfPresent(directory.proxyConfig);
  await rename(candidate, directory.proxyConfig);
  try {
    await startProxy(directory);
  } catch (error) {
    // The old process has gone on, for a new one that fails takes nothing from it.
    if (before === undefined) await removeFile(directory.proxyConfig);
    else await writeAtomically(directory.proxyConfig, before, READABLE);
    throw error;
  }
}

/** Starts it with the configuration on disk; one that runs takes no more connections then. */
export async function startProxy(directory: RunDirectory): Promise<void> {
  const before = await proxyPid(directory);
  const takeOver = before === undefined ? [] : ['-x', directory.proxySocket, '-sf', String(before)];
  await haproxy(directory, directory.proxyConfig, [
    ...['-D', '-p', directory.proxyPid],
    ...takeOver,
  ]);
  const started = await isReached(async () => {
    const pid = await proxyPid(directory);
    return pid !== undefined && pid !== before;
  });
  if (!started) {
    throw new WamptcpError('PROXY_FAILED', 'HAProxy did not start', {
      advice: `Try it by hand: haproxy -c -f ${directory.proxyConfig}`,
    });
  }
}

/** Every connection through it ends. */
export async function stopProxy(directory: RunDirectory): Promise<void> {
  await stopBackground(inBackground(directory));
  await removeFile(directory.proxyConfig);
  await removeDirectory(dirname(directory.proxyPid));
}

/** By its own word. */
export async function haproxyFacts(): Promise<HaproxyFacts> {
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
  config: string,
  words: readonly string[],
): Promise<void> {
  const capabilities = ['--bounding-set', '--inh-caps', '--ambient-caps'].flatMap((set) => [
    set,
    '-all,+net_admin',
  ]);
  const wrapped = (await haproxyFacts()) === 'native' ? [] : ['mptcpize', 'run'];
  await run(
    [
      ...(await withFiles()),
      ...['setpriv', '--reuid', USER, '--regid', USER, '--clear-groups', ...capabilities],
      ...wrapped,
      ...['haproxy', '-f', config, ...words],
    ],
    { env: { [CONTROL_SOCKET]: directory.proxySocket } },
  );
}
