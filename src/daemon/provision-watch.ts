/**
 * Watches over the server of the hosts' addresses: restarts it when it has ended, tells when a pool
 * is used up, and takes back what one host alone has taken too much of.
 *
 * Always holds: it reads what dnsmasq writes and never writes it itself; without provisioning it
 * does nothing.
 */
import { stat, truncate } from 'node:fs/promises';

import type { SiteConfig } from '../config/site.ts';
import { provisionerPid, revokeLeases, startProvisioner } from '../dataplane/kernel/provisioner.ts';
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

/** dnsmasq's log tells of troubles only; whoever makes trouble on purpose fills no disk. */
const LOG_BYTES = 1_048_576;

export interface ProvisionWatchOptions {
  readonly site: SiteConfig;
  readonly directory: RunDirectory;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

export class ProvisionWatch {
  readonly #options: ProvisionWatchOptions;
  #leases: readonly Lease[] = [];
  /** Of the file as it was read last. */
  #version = '';
  #restarts = 0;
  /** Subnets whose pool is known to be used up. */
  #exhausted: ReadonlySet<string> = new Set();

  constructor(options: ProvisionWatchOptions) {
    this.#options = options;
  }

  async everySecond(): Promise<void> {
    if (this.#options.site.provision === undefined) return;
    await this.#revive();
    await this.#shortenLog();
    if (!(await this.#readLeases())) return;
    for (const greedy of greedyHosts(this.#options.site, this.#leases))
      await this.#restrain(greedy);
    for (const impostor of impostors(this.#leases)) await this.#expel(impostor);
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
      restarts: this.#restarts,
      pools: poolUsage(site, this.#leases).map((pool) => ({ ...pool })),
    };
  }

  /** Everybody with an address of a WAN's subnet, however he came by it. */
  async hosts(): Promise<readonly Host[]> {
    const { site } = this.#options;
    await this.#readLeases();
    return hostsOf(site, this.#leases, await neighboursOn(site.lan.interfaces));
  }

  /** A configuration without a process is one that ended; after `down` there is neither. */
  async #revive(): Promise<void> {
    const { directory, onEvent } = this.#options;
    if ((await provisionerPid(directory)) !== undefined) return;
    if ((await readIfPresent(directory.provisionerConfig)) === undefined) return;
    await startProvisioner(directory);
    this.#restarts += 1;
    onEvent({ kind: 'dhcp-restarted', text: 'dnsmasq had ended and was started again' });
  }

  async #shortenLog(): Promise<void> {
    const { provisionerLog } = this.#options.directory;
    const size = await stat(provisionerLog).then((found) => found.size, ifMissing(0));
    // It appends, so it goes on at the new end.
    if (size > LOG_BYTES) await truncate(provisionerLog);
  }

  /** Whether the file has changed. */
  async #readLeases(): Promise<boolean> {
    const { leases } = this.#options.directory;
    const found = await stat(leases).catch(ifMissing(undefined));
    const version = found === undefined ? '' : `${found.mtimeMs} ${found.size}`;
    if (version === this.#version) return false;
    this.#leases = parseLeases((await readIfPresent(leases)) ?? '');
    this.#version = version;
    return true;
  }

  async #restrain({ mac, excess }: Greedy): Promise<void> {
    const { directory, onEvent } = this.#options;
    await ignoreHost(mac);
    await revokeLeases(directory, new Set(excess.map((lease) => lease.address)));
    const text =
      `host ${mac} took more than ${LEASES_PER_SUBNET} addresses of one subnet: ` +
      `${excess.length} are free again, and it is ignored for ten minutes`;
    onEvent({ kind: 'host-restrained', text });
  }

  async #expel({ mac, lease, owner }: Impostor): Promise<void> {
    const { directory, onEvent } = this.#options;
    await ignoreHost(mac);
    await revokeLeases(directory, new Set([lease.address]));
    const text =
      `host ${mac} got ${lease.address} by the identifier of ${owner}: ` +
      'it is taken back, and the host is ignored for ten minutes';
    onEvent({ kind: 'host-restrained', text });
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

function ifMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return instead;
    throw error;
  };
}
