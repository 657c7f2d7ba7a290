/**
 * A gateway that hands out addresses, as a user runs it, and the cable to its LAN.
 *
 * Always holds: removed by name and pid, also when the test failed.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fetchStatus } from '../../../src/daemon/api-client.ts';
import { readEvents } from '../../../src/daemon/event-journal.ts';
import type { Event } from '../../../src/observe/event.ts';
import type { Status } from '../../../src/observe/status.ts';
import { runDirectoryOf } from '../../../src/system/run-directory.ts';
import type { RunDirectory } from '../../../src/system/run-directory.ts';
import { enterNamespace, leave } from '../../support/namespace.ts';
import { DhcpHosts } from '../../support/dhcp/hosts.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import { Namespace } from '../gateway/namespace.ts';

const WAMPTCP = join(import.meta.dirname, '../../../bin/wamptcp');

export interface LanOptions {
  /** Of WAN 1, 2, …: what stands in `subnets`. */
  readonly subnets: readonly string[];
  /** What stands behind `provision:`. */
  readonly provision?: string;
  /** Done before the daemon starts. */
  readonly before?: (gateway: Namespace) => Promise<void>;
}

export class ServedLan {
  readonly gateway: Namespace;
  readonly lan: Namespace;
  readonly hosts: DhcpHosts;
  readonly directory: RunDirectory;
  readonly #daemon: ChildProcess;
  readonly #files: string;

  private constructor(
    gateway: Namespace,
    lan: Namespace,
    hosts: DhcpHosts,
    daemon: ChildProcess,
    files: string,
  ) {
    this.gateway = gateway;
    this.lan = lan;
    this.hosts = hosts;
    this.directory = runDirectoryOf(gateway.inode);
    this.#daemon = daemon;
    this.#files = files;
  }

  static async create(options: LanOptions): Promise<ServedLan> {
    const gateway = await Namespace.create('served');
    const lan = await Namespace.create('lan');
    const files = mkdtempSync(join(tmpdir(), 'wamptcp-served-'));
    await gateway.ip(
      `link add lan0 type veth peer name eth0 netns ${lan.name}`,
      ...options.subnets.flatMap((_, index) => [
        `link add w${index + 1} type veth peer name far${index + 1} netns ${lan.name}`,
      ]),
    );
    await lan.ip(
      'link set eth0 up',
      ...options.subnets.map((_, index) => `link set far${index + 1} up`),
    );
    await options.before?.(gateway);
    const file = join(files, 'site.yaml');
    writeFileSync(file, siteFile(options));
    const [program, ...prefix] = gateway.prefix;
    const daemon = spawn(program, [...prefix, WAMPTCP, 'run', '-c', file], { stdio: 'ignore' });
    enterNamespace(lan.name);
    const hosts = new DhcpHosts('eth0');
    leave();
    const served = new ServedLan(gateway, lan, hosts, daemon, files);
    await eventually('addresses are handed out', async () => {
      if (daemon.exitCode !== null) throw new Error('the daemon ended');
      return (await served.#answer())?.provision?.running === true;
    });
    return served;
  }

  /** A socket on another of the LAN namespace's interfaces: `far1` is at the other end of WAN 1. */
  socketOn(name: string): DhcpHosts {
    enterNamespace(this.lan.name);
    try {
      return new DhcpHosts(name);
    } finally {
      leave();
    }
  }

  async status(): Promise<Status> {
    const status = await this.#answer();
    if (status === undefined) throw new Error('no daemon');
    return status;
  }

  async events(): Promise<readonly Event[]> {
    return await readEvents(this.directory.events);
  }

  get serverPid(): number {
    return Number(readFileSync(this.directory.provisionerPid, 'utf8'));
  }

  /** Resident memory of the server, kB. */
  get serverMemory(): number {
    const text = readFileSync(`/proc/${this.serverPid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]);
  }

  async remove(): Promise<void> {
    this.hosts.close();
    this.#daemon.kill('SIGKILL');
    await this.gateway.endProcesses();
    await this.gateway.remove();
    await this.lan.remove();
    rmSync(this.directory.path, { recursive: true, force: true });
    rmSync(this.#files, { recursive: true });
  }

  async #answer(): Promise<Status | undefined> {
    return await fetchStatus(this.directory.api).catch(() => undefined);
  }
}

function siteFile({ subnets, provision = 'on' }: LanOptions): string {
  const wans = subnets.map((own, index) => {
    const number = index + 1;
    return `  - { name: w${number}, interface: w${number}, address: 192.0.2.${8 * number + 2}/29, nexthop: 192.0.2.${8 * number + 1}, subnets: [${own}] }`;
  });
  return [
    'site: branch',
    'lan: lan0',
    'wans:',
    ...wans,
    'peers:',
    '  - name: hub',
    '    prefixes: [10.20.0.0/16]',
    '    paths:',
    ...subnets.map((_, index) => `      - { wan: w${index + 1}, remote: 203.0.113.${index + 1} }`),
    `provision: ${provision}`,
    '',
  ].join('\n');
}
