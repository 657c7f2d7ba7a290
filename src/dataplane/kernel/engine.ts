/**
 * BIRD 2 as the path engine: started, reconfigured and stopped by us, but no child of ours.
 *
 * Always holds: it daemonises itself, so it outlives any process of ours; a configuration it would
 * refuse never replaces the one it has; the file on disk is never newer than what is loaded.
 */
import { rename } from 'node:fs/promises';

import { WamptcpError } from '../../lib/errors.ts';
import type { Family } from '../../net/address.ts';
import { ENGINE_PROTOCOL } from '../../plan/ids.ts';
import { backgroundPid, knownPid, stopBackground } from '../../system/background.ts';
import type { Background } from '../../system/background.ts';
import { run } from '../../system/command.ts';
import { blamingDisk } from '../../system/disk.ts';
import { isReached } from '../../system/is-reached.ts';
import { readIfPresent, removeFile, writeAtomically } from '../../system/file.ts';
import type { RunDirectory } from '../../system/run-directory.ts';
import { familyFlag } from './command.ts';

/** The log is a ring of two files of this size. */
const LOG_BYTES = 1_048_576;

/** An engine that hangs is ended by the daemon within this time (`src/daemon/program-health.ts`). */
const PATIENCE_MS = 15_000;

/** BFD at 10 ms must not wait behind a busy process; the engine itself uses about 1 % of a core. */
const REAL_TIME = ['chrt', '--rr', '10'];

export async function engineConfig(directory: RunDirectory): Promise<string | undefined> {
  if ((await enginePid(directory)) === undefined) return undefined;
  const text = await readIfPresent(directory.engineConfig);
  // Without the line that says where the log goes, which is not the plan's business.
  return text?.slice(text.indexOf('\n') + 1);
}

/** The pid of the engine, when it runs. */
export async function enginePid(directory: RunDirectory): Promise<number | undefined> {
  return await backgroundPid(inBackground(directory));
}

function inBackground({ enginePid: pidFile, engineConfig: config }: RunDirectory): Background {
  return { program: 'bird', pidFile, config };
}

/** Loads `config`, starting the engine when it does not run. */
export async function loadEngine(directory: RunDirectory, config: string): Promise<void> {
  const candidate = `${directory.engineConfig}.new`;
  const log = `log "${directory.engineLog}" ${LOG_BYTES} "${directory.engineLog}.1" all;\n`;
  await writeAtomically(candidate, log + config);
  if ((await enginePid(directory)) === undefined) {
    await run(['bird', '-p', '-c', candidate]);
    await rename(candidate, directory.engineConfig);
    await startEngine(directory);
    return;
  }
  const answer = await control(directory, 'configure', `"${candidate}"`);
  if (!/Reconfigured|Reconfiguration in progress/.test(answer)) {
    throw new WamptcpError('ENGINE_REFUSED', `BIRD did not take its configuration: ${answer}`, {
      advice: `Look at ${candidate}.`,
    });
  }
  const before = (await readIfPresent(directory.engineConfig)) ?? '';
  await rename(candidate, directory.engineConfig);
  await waitFor(
    async () => !(await control(directory, 'show', 'status')).includes('in progress'),
    'BIRD did not finish reconfiguring',
  );
  // `persist` keeps the routes of a table that the configuration no longer names.
  const kept = engineTables(config).map(tableText);
  for (const table of engineTables(before)) {
    if (!kept.includes(tableText(table))) await flush(table);
  }
}

/** Starts the engine with the configuration on disk. */
export async function startEngine(directory: RunDirectory): Promise<void> {
  await blamingDisk('BIRD could not be started', [directory.path], () => start(directory));
}

async function start(directory: RunDirectory): Promise<void> {
  await removeFile(directory.enginePid);
  const { engineConfig: config, engineSocket, enginePid: pidFile } = directory;
  const bird = ['bird', '-c', config, '-s', engineSocket, '-P', pidFile];
  try {
    await run([...REAL_TIME, ...bird]);
  } catch (error) {
    if ((await enginePid(directory)) !== undefined) throw error;
    // A container may forbid real-time scheduling; then the nice value has to do.
    await run(['nice', '-n', '-20', ...bird]);
  }
  const known = async (): Promise<boolean> =>
    (await knownPid(inBackground(directory))) !== undefined;
  await waitFor(known, 'BIRD did not start');
}

/** Stops the engine and takes its routes out of its tables; `persist` would leave them. */
export async function stopEngine(directory: RunDirectory): Promise<void> {
  const config = await readIfPresent(directory.engineConfig);
  await stopBackground(inBackground(directory));
  for (const table of engineTables(config ?? '')) await flush(table);
  for (const file of [directory.engineConfig, directory.enginePid, directory.engineSocket]) {
    await removeFile(file);
  }
}

/** The kernel tables that a configuration of ours fills. */
export function engineTables(config: string): readonly EngineTable[] {
  return [...config.matchAll(/^protocol kernel kernel_t(\d+)_(ipv[46]) \{$/gm)].map(
    ([, table, family]) => ({ table: Number(table), family: family as Family }),
  );
}

export interface EngineTable {
  readonly table: number;
  readonly family: Family;
}

function tableText({ table, family }: EngineTable): string {
  return `${family} ${table}`;
}

/**
 * The engine writes its routes once more. The kernel drops those through an interface whose last address
 * goes, tells nobody, and the engine would look only at its next scan.
 */
export async function rewriteRoutes(directory: RunDirectory): Promise<void> {
  await control(directory, 'reload', 'out', '"kernel_*"');
}

/** One command to the engine's control socket; its answer. */
export async function control(
  directory: RunDirectory,
  ...words: readonly string[]
): Promise<string> {
  return await run(['birdc', '-s', directory.engineSocket, ...words], { timeout: PATIENCE_MS });
}

async function flush({ table, family }: EngineTable): Promise<void> {
  const flag = familyFlag(family);
  try {
    await run(['ip', flag, 'route', 'flush', 'table', String(table), 'proto', ENGINE_PROTOCOL]);
  } catch (error) {
    // A table without routes does not exist.
    if (!(error instanceof WamptcpError && /does not exist/.test(error.message))) throw error;
  }
}

async function waitFor(condition: () => Promise<boolean>, message: string): Promise<void> {
  if (await isReached(condition)) return;
  throw new WamptcpError('ENGINE_TIMEOUT', message, { advice: 'Look at its log in /run/wamptcp.' });
}
