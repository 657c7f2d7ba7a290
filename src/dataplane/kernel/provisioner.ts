/**
 * dnsmasq, which hands out the addresses of the hosts: started, changed and stopped by us, but no
 * child of ours.
 *
 * Always holds: it daemonises itself, so hosts keep being served while no process of ours runs; there
 * is never a second one, which would be heard as well, as both share the port; a configuration it
 * would refuse never replaces the one it has; leases outlive every restart.
 */
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

import { WamptcpError } from '../../lib/errors.ts';
import { backgroundPid, knownPid, stopBackground } from '../../system/background.ts';
import type { Background } from '../../system/background.ts';
import { run } from '../../system/command.ts';
import { blamingDisk } from '../../system/disk.ts';
import { readIfPresent, removeFile, writeAtomically } from '../../system/file.ts';
import { isReached } from '../../system/is-reached.ts';
import type { RunDirectory } from '../../system/run-directory.ts';
import { parseLinks } from './ip-json.ts';
import type { Link } from './ip-json.ts';
import { show } from './ip-show.ts';

/** What it runs with; undefined: it does not run. */
export async function provisionerConfig(directory: RunDirectory): Promise<string | undefined> {
  if ((await provisionerPid(directory)) === undefined) return undefined;
  return await readIfPresent(directory.provisionerConfig);
}

export async function provisionerPid(directory: RunDirectory): Promise<number | undefined> {
  return await backgroundPid(inBackground(directory));
}

function inBackground(directory: RunDirectory): Background {
  const { provisionerPid: pidFile, provisionerConfig: config } = directory;
  return { program: 'dnsmasq', pidFile, config };
}

/**
 * Runs it with `config`. dnsmasq reads its configuration only once, so it is started anew; hosts ask
 * again when a packet of theirs falls into the few milliseconds between.
 */
export async function loadProvisioner(directory: RunDirectory, config: string): Promise<void> {
  const candidate = `${directory.provisionerConfig}.new`;
  await writeAtomically(candidate, config);
  await run(['dnsmasq', '--test', `--conf-file=${candidate}`]);
  const before = await readIfPresent(directory.provisionerConfig);
  const served = (await provisionerPid(directory)) !== undefined;
  await stopBackground(inBackground(directory));
  await rename(candidate, directory.provisionerConfig);
  try {
    await startProvisioner(directory);
  } catch (error) {
    if (before === undefined) await removeFile(directory.provisionerConfig);
    else await writeAtomically(directory.provisionerConfig, before);
    // Hosts are better served by what worked than by nobody.
    if (served) await startProvisioner(directory);
    throw error;
  }
}

/** Starts it with the configuration on disk, in the place of any that runs. */
export async function startProvisioner(directory: RunDirectory): Promise<void> {
  const places = [directory.path, dirname(directory.leases)];
  await blamingDisk('dnsmasq could not be started', places, () => start(directory));
}

async function start(directory: RunDirectory): Promise<void> {
  await stopBackground(inBackground(directory));
  await mkdir(dirname(directory.leases), { recursive: true, mode: 0o755 });
  await removeFile(directory.provisionerPid);
  await run([
    'dnsmasq',
    `--conf-file=${directory.provisionerConfig}`,
    `--pid-file=${directory.provisionerPid}`,
    `--dhcp-leasefile=${directory.leases}`,
    `--log-facility=${directory.provisionerLog}`,
  ]);
  await advertise((await readIfPresent(directory.provisionerConfig)) ?? '');
  const background = inBackground(directory);
  const started = await isReached(async () => (await knownPid(background)) !== undefined);
  if (!started) {
    throw new WamptcpError('PROVISIONER_FAILED', 'dnsmasq did not start', {
      advice: `Look at ${directory.provisionerLog}.`,
    });
  }
}

/**
 * dnsmasq advertises at some moment of its first five seconds, and can take back only prefixes that
 * it has advertised. Asked as by a host, it does so at once; then a prefix that goes in the next
 * moment is taken back like any other.
 */
async function advertise(config: string): Promise<void> {
  const named = new Set([...config.matchAll(/,constructor:([^,]+)/g)].map(([, name]) => name));
  const links = parseLinks(await show(['address', 'show']));
  // Without a prefix there is no answer to wait for; dnsmasq advertises one that comes later by itself.
  const asked = links.filter((link) => named.has(link.ifname) && hasPrefix(link));
  await Promise.all(
    // Without an answer (the interface is not up, say) there is nobody to advertise to.
    asked.map(({ ifname }) =>
      run(['rdisc6', '-q', '-1', '-r1', '-w300', ifname]).catch(() => undefined),
    ),
  );
}

function hasPrefix({ addr_info: own = [] }: Link): boolean {
  return own.some(({ local, scope }) => scope === 'global' && local?.includes(':'));
}

/**
 * Takes leases back. dnsmasq would do so on a host's own word only, so it is stopped for the moment
 * in which they are struck from its file. One that does not run stays so.
 */
export async function revokeLeases(
  directory: RunDirectory,
  addresses: ReadonlySet<string>,
): Promise<void> {
  if ((await provisionerPid(directory)) === undefined) return;
  await stopBackground(inBackground(directory));
  const lines = ((await readIfPresent(directory.leases)) ?? '').split('\n');
  const kept = lines.filter((line) => !addresses.has(line.split(' ')[2] ?? ''));
  await writeAtomically(directory.leases, kept.join('\n'));
  await startProvisioner(directory);
}

/** Leases stay: hosts use what they were given until it runs out. */
export async function stopProvisioner(directory: RunDirectory): Promise<void> {
  await stopBackground(inBackground(directory));
  await removeFile(directory.provisionerConfig);
  await removeFile(directory.provisionerPid);
}
