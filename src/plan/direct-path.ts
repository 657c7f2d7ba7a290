/**
 * Ways to the Internet without a hub: one per direct WAN and family, where the machine has what they
 * need, and in which order they replace each other.
 *
 * Always holds: pure; a name is `<WAN>/<family>`, which no path to a peer can have.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { prefix } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { detourOrders } from './detours.ts';
import type { Facts, Waiting } from './facts.ts';
import { lanPrefixes } from './lan.ts';

/** Everything, which is what a direct path leads to. */
export const EVERYWHERE: Readonly<Record<Family, Prefix>> = {
  ipv4: prefix('0.0.0.0/0'),
  ipv6: prefix('::/0'),
};

export interface DirectPath {
  readonly name: string;
  readonly wan: Wan;
  /** 0-based number of the WAN. */
  readonly wanIndex: number;
  readonly family: Family;
  /** The WAN's own address: what its probes are sent from. */
  readonly local: Address;
  readonly nexthop: Address;
}

export interface DirectPlan {
  readonly paths: readonly DirectPath[];
  readonly waiting: readonly Waiting[];
}

/** In which families hosts reach the Internet so; it does not depend on what the WANs have now. */
export function directFamilies(site: SiteConfig): readonly Family[] {
  if (!site.wans.some((wan) => wan.direct)) return [];
  return (['ipv4', 'ipv6'] as const).filter((family) => lanPrefixes(site, family).length > 0);
}

/** Every name that a direct path of this site may have, in the order of the file. */
export function directNames(site: SiteConfig): readonly { name: string; wan: string }[] {
  return site.wans
    .filter((wan) => wan.direct)
    .flatMap((wan) =>
      directFamilies(site).map((family) => ({ name: directName(wan, family), wan: wan.name })),
    );
}

export function directName(wan: Pick<Wan, 'name'>, family: Family): string {
  return `${wan.name}/${family}`;
}

/** A WAN is waited for when it has what it needs in no family. */
export function planDirect(site: SiteConfig, facts: Facts): DirectPlan {
  const families = directFamilies(site);
  const paths: DirectPath[] = [];
  const waiting: Waiting[] = [];
  for (const [wanIndex, wan] of site.wans.entries()) {
    // That the interface does not exist is told with the WAN itself.
    const present = facts.interfaces.get(wan.interface);
    if (!wan.direct || present === undefined) continue;
    const addresses = wan.addresses.length > 0 ? wan.addresses : present.addresses;
    const nexthops = wan.nexthops.length > 0 ? wan.nexthops : present.nexthops;
    const usable = families.flatMap((family): DirectPath[] => {
      const local = addresses.find((own) => familyOf(own.address) === family)?.address;
      const nexthop = nexthops.find((one) => familyOf(one) === family);
      if (local === undefined || nexthop === undefined) return [];
      return [{ name: directName(wan, family), wan, wanIndex, family, local, nexthop }];
    });
    paths.push(...usable);
    if (usable.length > 0 || families.length === 0) continue;
    const missing = addresses.length === 0 ? 'address' : 'next hop';
    const reason = `interface ${wan.interface} has no ${missing} to reach the Internet with`;
    waiting.push({ what: `direct WAN ${wan.name}`, reason });
  }
  return { paths, waiting };
}

/** Best first; each once. */
export function directByPreference(
  site: SiteConfig,
  paths: readonly DirectPath[],
): readonly DirectPath[] {
  return site.recovery.preference.flatMap((name) => paths.filter((path) => path.wan.name === name));
}

/**
 * For TCP from the subnets of a WAN: its own way, then the detours that the file names, then the others,
 * so that the load spreads by capacity.
 */
export function directFromWan(
  site: SiteConfig,
  wanIndex: number,
  paths: readonly DirectPath[],
): readonly DirectPath[] {
  const own = paths.findIndex((path) => path.wanIndex === wanIndex);
  const wan = site.wans[wanIndex];
  const primary = paths[own];
  if (wan === undefined || primary === undefined) return directByPreference(site, paths);
  const named = (wan.detours ?? []).flatMap((name) =>
    paths.filter((path) => path.wan.name === name),
  );
  const chosen = detourOrders(paths.map((path) => path.wan.capacity))[own] ?? [];
  return [...new Set([primary, ...named, ...chosen.flatMap((index) => paths[index] ?? [])])];
}
