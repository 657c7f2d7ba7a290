/**
 * Watches over the server of the hosts' addresses: restarts it when it has ended, tells when a pool
 * is used up, and takes back what one host alone has taken too much of.
 *
 * Always holds: leases are judged once per change, whoever has read them; without provisioning it does
 * nothing.
 */
import { stat, truncate } from 'node:fs/promises';

import type { SiteConfig } from '../config/site.ts';
import { provisionerPid, revokeLeases, startProvisioner } from '../dataplane/kernel/provisioner.ts';
import type { MacAddress } from '../net/mac-address.ts';
import type { Event } from '../observe/event.ts';
import type { ProvisionStatus } from '../observe/status.ts';
import { greedyHosts, LEASES_PER_SUBNET } from '../provision/greed.ts';
import type { Greedy } from '../provision/greed.ts';
import { hostsOf } from '../provision/host.ts';
import type { Host } from '../provision/host.ts';
import { impostors } from '../provision/impostor.ts';
import type { Impostor } from '../provision/impostor.ts';
import { parseLeases } from '../provision/lease.ts';
import type { Lease } from '../provision/lease.ts';
import { poolUsage } from '../provision/pool-usage.ts';
import { isMissing, readIfPresent } from '../system/file.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { ignoreHost, neighboursOn } from './lan-actions.ts';
import { Revival } from './revival.ts';
import type { Exclusively } from './revival.ts';

/** dnsmasq's log tells of troubles only; whoever makes trouble on purpose fills no disk. */
const LOG_BYTES = 1_048_576;

export interface ProvisionWatchOptions {
  readonly site: SiteConfig;
  readonly directory: RunDirectory;
  readonly exclusively: Exclusively;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

export class ProvisionWatch {
  readonly #options: ProvisionWatchOptions;
  #leases: readonly Lease[] = [];
  /** Of the file as it was read last. */
  #version = '';
  /** The leases that were looked through last: status reads them, too. */
  #judged: readonly Lease[] = this.#leases;
  readonly #revival: Revival;
  /** Subnets whose pool is known to be used up. */
  #exhausted: ReadonlySet<string> = new Set();

  constructor(options: ProvisionWatchOptions) {
    this.#options = options;
    const { directory, exclusively, onEvent } = options;
    this.#revival = new Revival({
      program: 'dnsmasq',
      kind: 'dhcp-restarted',
      hasEnded: () => hasEnded(directory),
      start: () => startProvisioner(directory),
      ...{ exclusively, onEvent },
    });
  }

  /** Starts dnsmasq when it has ended; a comparison with the machine would do it uncounted. */
  async restart(): Promise<void> {
    if (this.#options.site.provision !== undefined) await this.#revival.attempt();
  }

  async everySecond(): Promise<void> {
    if (this.#options.site.provision === undefined) return;
    await this.restart();
    await this.#shortenLog();
    await this.#readLeases();
    if (this.#leases === this.#judged) return;
    this.#judged = this.#leases;
    await this.#restrain([
      ...greedyHosts(this.#options.site, this.#leases).map(greed),
      ...impostors(this.#leases).map(imposture),
    ]);
    this.#tellExhausted();
  }

  /** Null: this site hands out nothing. */
  async status(): Promise<ProvisionStatus | null> {
    const { site, directory } = this.#options;
    if (site.provision === undefined) return null;
    await this.#readLeases();
    const pid = await provisionerPid(directory);
    return {
      running: pid !== undefined,
      pid: pid ?? null,
      restarts: this.#revival.restarts,
      pools: [...poolUsage(site, this.#leases)],
    };
  }

  /** Everybody with an address of a WAN's subnet, however he came by it. */
  async hosts(): Promise<readonly Host[]> {
    const { site } = this.#options;
    await this.#readLeases();
    return hostsOf(site, this.#leases, await neighboursOn(site.lan.interfaces));
  }

  async #shortenLog(): Promise<void> {
    const { provisionerLog } = this.#options.directory;
    const size = await stat(provisionerLog).then((found) => found.size, ifMissing(0));
    // It appends, so it goes on at the new end.
    if (size > LOG_BYTES) await truncate(provisionerLog);
  }

  /** `#leases` is another list only if the file has changed. */
  async #readLeases(): Promise<void> {
    const { leases } = this.#options.directory;
    const found = await stat(leases).catch(ifMissing(undefined));
    const version = found === undefined ? '' : `${found.mtimeMs} ${found.size}`;
    if (version === this.#version) return;
    this.#leases = parseLeases((await readIfPresent(leases)) ?? '');
    this.#version = version;
  }

  /** All leases at once, since dnsmasq is stopped for it. */
  async #restrain(offences: readonly Offence[]): Promise<void> {
    if (offences.length === 0) return;
    for (const { mac } of offences) await ignoreHost(mac);
    const addresses = offences.flatMap(({ leases }) => leases.map((lease) => lease.address));
    const { directory, exclusively } = this.#options;
    await exclusively(() => revokeLeases(directory, new Set(addresses)));
    for (const { text } of offences) this.#options.onEvent({ kind: 'host-restrained', text });
  }

  #tellExhausted(): void {
    const pools = poolUsage(this.#options.site, this.#leases);
    const exhausted = pools.filter((pool) => pool.free <= 0);
    for (const { wan, subnet, size } of exhausted) {
      if (this.#exhausted.has(subnet)) continue;
      const text =
        `${subnet} (${wan}) has no free address: all ${size} are taken or reserved; ` +
        'give it a larger subnet or pool, or a shorter lease';
      this.#options.onEvent({ kind: 'pool-exhausted', wan, text });
    }
    this.#exhausted = new Set(exhausted.map(({ subnet }) => subnet));
  }
}

/** A configuration without a process is one that ended; after `down` there is neither. */
async function hasEnded(directory: RunDirectory): Promise<boolean> {
  if ((await provisionerPid(directory)) !== undefined) return false;
  return (await readIfPresent(directory.provisionerConfig)) !== undefined;
}

/** What a host has done, which leases it loses for it, and how that is told. */
interface Offence {
  readonly mac: MacAddress;
  readonly leases: readonly Lease[];
  readonly text: string;
}

function greed({ mac, excess }: Greedy): Offence {
  const text =
    `host ${mac} took more than ${LEASES_PER_SUBNET} addresses of one subnet: ` +
    `${excess.length} are free again, and it is ignored for ten minutes`;
  return { mac, leases: excess, text };
}

function imposture({ mac, lease, owner }: Impostor): Offence {
  const text =
    `host ${mac} got ${lease.address} by the identifier of ${owner}: ` +
    'it is taken back, and the host is ignored for ten minutes';
  return { mac, leases: [lease], text };
}

function ifMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return instead;
    throw error;
  };
}
