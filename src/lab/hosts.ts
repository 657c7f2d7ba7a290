/**
 * The hosts of a lab that get their addresses by a DHCP client or by router advertisements.
 *
 * Always holds: what a host has is what its kernel says; nothing is remembered.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import { WamptcpError } from '../lib/errors.ts';
import { parseAddress } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { ClientPlan } from './client/client-plan.ts';
import { CLIENTS } from './client/clients.ts';
import { roomScript } from './client/room.ts';
import { lastWords, startDetached } from './detached.ts';
import type { WaitOptions } from './gateways.ts';
import { labDirectory, nodeLog, nodeNamespace } from './names.ts';
import type { HostNode, LabPlan } from './plan.ts';
import { namespaceInode } from './namespace.ts';
import { endProcessesIn } from './processes.ts';
import type { RoomRecord } from './record.ts';

const PATIENCE_MS = 15_000;
const LOOK_MS = 50;

export class Hosts {
  readonly #plan: LabPlan;
  #rooms: readonly RoomRecord[];

  constructor(plan: LabPlan, rooms: readonly RoomRecord[]) {
    this.#plan = plan;
    this.#rooms = rooms;
  }

  get rooms(): readonly RoomRecord[] {
    return this.#rooms;
  }

  /** Those with a client; the others have their addresses from the start. */
  get moving(): readonly HostNode[] {
    return this.#plan.hosts.filter((host) => host.client !== 'static');
  }

  async start(host: HostNode): Promise<void> {
    const directory = join(labDirectory(this.#plan.name).path, 'hosts', host.name);
    await mkdir(join(directory, 'tree'), { recursive: true, mode: 0o700 });
    const script = join(directory, 'room.sh');
    await writeFile(script, roomScript(host, clientOf(host), directory), { mode: 0o600 });
    const started = await startDetached(this.#plan.name, host, [
      'unshare',
      '--mount',
      'sh',
      script,
    ]);
    if (started === undefined) throw await this.#lacking([host]);
    const room = { host: host.name, ...started };
    this.#rooms = [...this.#rooms.filter((each) => each.host !== host.name), room];
  }

  /** Ends all that runs on a host and pulls its cable; {@link start} is then as a first start. */
  async stop(host: HostNode): Promise<void> {
    const inode = await namespaceInode(host.namespace);
    if (inode !== undefined) await endProcessesIn(new Set([inode]));
    for (const words of ['link set eth0 down', 'address flush dev eth0', 'mptcp endpoint flush']) {
      await execa('ip', ['-n', host.namespace, ...words.split(' ')], { reject: false });
    }
    const { stdout } = await execa('ip', ['-n', host.namespace, '-j', 'link', 'show']);
    const macvlans = (JSON.parse(stdout) as { ifname: string }[]).filter(({ ifname }) =>
      /^eth0w\d$/.test(ifname),
    );
    for (const { ifname } of macvlans) {
      await execa('ip', ['-n', host.namespace, 'link', 'delete', ifname], { reject: false });
    }
  }

  /** Until every host has an address in every subnet it should have one in; throws when one has not. */
  async waitForAddresses(options: WaitOptions = {}): Promise<void> {
    const { patience = PATIENCE_MS, stop, progress } = options;
    const deadline = performance.now() + patience;
    for (;;) {
      stop?.throwIfAborted();
      const hosts = this.moving;
      const missing = await Promise.all(hosts.map((host) => missingSubnets(host)));
      const lacking = hosts.filter((_, index) => (missing[index]?.length ?? 0) > 0);
      if (lacking.length === 0) return;
      const ready = hosts.length - lacking.length;
      progress?.(`waiting for hosts: ${ready} of ${hosts.length} have their addresses`);
      if (performance.now() > deadline) throw await this.#lacking(lacking);
      await sleep(LOOK_MS);
    }
  }

  /** The command that runs `argv` on a host, in its own file system where it has one. */
  inside(name: string, argv: readonly string[]): readonly [string, ...string[]] {
    const room = this.#rooms.find((each) => each.host === name);
    if (room !== undefined) {
      const where = ['--target', String(room.pid), '--mount', '--net', `--wd=${process.cwd()}`];
      return ['nsenter', ...where, '--', ...argv];
    }
    return ['ip', 'netns', 'exec', nodeNamespace(this.#plan.name, name), ...argv];
  }

  /** As its client does at half of its lease. */
  async renew(name: string): Promise<void> {
    await this.#tell(name, ({ renew }) => renew);
  }

  async release(name: string): Promise<void> {
    await this.#tell(name, ({ release }) => release);
  }

  async #tell(name: string, word: (client: ClientPlan) => string): Promise<void> {
    const host = this.moving.find((each) => each.name === name);
    if (host === undefined) {
      throw new WamptcpError('LAB_STATIC_HOST', `host ${name} has no DHCP client`, {
        advice: 'Give it a `client` in the topology.',
      });
    }
    const [program, ...argv] = this.inside(name, ['sh', '-c', word(clientOf(host))]);
    // A client that is started goes on running: nothing of ours may be its to hold open.
    await execa(program, argv, { stdio: 'ignore' });
  }

  async #lacking(hosts: readonly HostNode[]): Promise<WamptcpError> {
    const lines = await Promise.all(
      hosts.map(async (host) => {
        const missing = await missingSubnets(host);
        return `${host.name} (${host.client}) has no address in ${missing.join(', ')}`;
      }),
    );
    const first = hosts[0]?.name ?? '';
    const last = await lastWords(this.#plan.name, first);
    return new WamptcpError('LAB_HOSTS', `${lines.join('; ')}. ${first} said:\n${last}`, {
      advice: `Its log was ${nodeLog(this.#plan.name, first)}; the gateway's leases are in its \`wamptcp status\`.`,
    });
  }
}

/** Global addresses that a host may use now. */
export async function addressesOf(host: HostNode): Promise<readonly Address[]> {
  const { stdout } = await execa('ip', ['-n', host.namespace, '-j', 'address', 'show']);
  const links = JSON.parse(stdout) as readonly { readonly addr_info?: readonly AddressInfo[] }[];
  return links.flatMap(({ addr_info: list }) =>
    (list ?? []).flatMap((info) => {
      const address = parseAddress(info.local ?? '');
      const usable = info.scope === 'global' && info.tentative !== true && info.deprecated !== true;
      return address !== undefined && usable && !isOwned(host, address) ? [address] : [];
    }),
  );
}

interface AddressInfo {
  readonly local?: string;
  readonly scope?: string;
  readonly tentative?: boolean;
  readonly deprecated?: boolean;
}

function isOwned(host: HostNode, address: Address): boolean {
  return host.owns.some((prefix) => prefixContains(prefix, address));
}

async function missingSubnets(host: HostNode): Promise<readonly Prefix[]> {
  const addresses = await addressesOf(host).catch(() => []);
  return host.expects.filter(
    (prefix) => !addresses.some((address) => prefixContains(prefix, address)),
  );
}

/** Throws when a program that a host wants is not on this machine. */
export async function requireClients(hosts: readonly HostNode[]): Promise<void> {
  for (const host of hosts) {
    const { needs } = clientOf(host);
    const found = await execa('sh', ['-c', 'command -v "$0"', needs], { reject: false });
    if (!found.failed) continue;
    throw new WamptcpError('LAB_NO_CLIENT', `host ${host.name}: ${needs} is not installed`, {
      advice: '`make setup` installs it, or choose another `client` in the topology.',
    });
  }
}

function clientOf(host: HostNode): ClientPlan {
  if (host.client === 'static') throw new TypeError(`${host.name} has no client`);
  return CLIENTS[host.client]({ interface: 'eth0', family: host.family, dhcp6: host.dhcp6 });
}
