/**
 * Where the files of a gateway at work are kept: one directory per network namespace, so that
 * several gateways on one machine (the lab) do not meet, though they share the file system.
 *
 * Always holds: below /run, readable by root only, named by the inode of the namespace.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { explainWrite } from './disk.ts';

export const RUN_ROOT = '/run/wamptcp';

export interface RunDirectory {
  readonly path: string;
  readonly state: string;
  readonly events: string;
  readonly wereUp: string;
  readonly api: string;
  /** What is loaded into nftables. */
  readonly ruleset: string;
  readonly engineConfig: string;
  readonly engineLog: string;
  readonly engineSocket: string;
  readonly enginePid: string;
  readonly provisionerConfig: string;
  readonly provisionerLog: string;
  readonly provisionerPid: string;
  readonly leases: string;
  /** The site that was confirmed last, and what waits for it. */
  readonly kept: string;
  readonly proxyConfig: string;
  readonly proxySocket: string;
  readonly proxyPid: string;
  readonly plainProxySocket: string;
  readonly proxyRelay: string;
  readonly plainProxyPid: string;
}

/** The directory of this process's namespace; made when missing. */
export function runDirectory(): RunDirectory {
  const directory = runDirectoryOf(statSync('/proc/self/ns/net').ino);
  try {
    mkdirSync(directory.path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainWrite(error, directory.path);
  }
  return directory;
}

/** @param inode of the network namespace, as `stat -L` of its file gives it. */
export function runDirectoryOf(inode: number): RunDirectory {
  const path = join(RUN_ROOT, `net-${inode}`);
  return {
    path,
    state: join(path, 'state.json'),
    events: join(path, 'events.jsonl'),
    wereUp: join(path, 'were-up.json'),
    api: join(path, 'api.sock'),
    ruleset: join(path, 'wamptcp.nft'),
    engineConfig: join(path, 'bird.conf'),
    engineLog: join(path, 'bird.log'),
    engineSocket: join(path, 'bird.ctl'),
    enginePid: join(path, 'bird.pid'),
    provisionerConfig: join(path, 'dnsmasq.conf'),
    provisionerLog: join(path, 'dnsmasq.log'),
    provisionerPid: join(path, 'dnsmasq.pid'),
    proxyConfig: join(path, 'haproxy.cfg'),
    proxySocket: join(path, 'haproxy', 'control.sock'),
    proxyPid: join(path, 'haproxy', 'pid'),
    proxyRelay: join(path, 'haproxy', 'relay.sock'),
    plainProxySocket: join(path, 'haproxy', 'plain.sock'),
    plainProxyPid: join(path, 'haproxy', 'plain.pid'),
    leases: join(isMachine(inode) ? MACHINE : path, 'leases'),
    kept: join(isMachine(inode) ? MACHINE : path, 'site.json'),
  };
}

/**
 * What must outlive a boot: what hosts were given, since nobody else may get it while they use it, and
 * the site that was confirmed last.
 */
const MACHINE = '/var/lib/wamptcp';

/** Whether this is the namespace of the machine itself, and not one that ends with a program. */
function isMachine(inode: number): boolean {
  try {
    return statSync('/proc/1/ns/net').ino === inode;
  } catch {
    // In a container the first process may be nobody's to look at.
    return false;
  }
}
