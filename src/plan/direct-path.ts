/**
 * Ways to the Internet without a hub: one per direct WAN and family, where the machine has what they
 * need, and in which order they replace each other.
 *
 * Always holds: pure; a name is `<WAN>/<family>`, which no path to a peer can have.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import { address, familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import { prefix } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { detourOrders } from './detours.ts';
import type { Facts, Waiting } from './facts.ts';
import { lanPrefixes } from './lan.ts';
import { sourceAddress, wanOutside } from './outside.ts';
import type { Outside } from './outside.ts';

/** Everything, which is what a direct path leads to. */
export const EVERYWHERE: Readonly<Record<Family, Prefix>> = {
  ipv4: prefix('0.0.0.0/0'),
  ipv6: prefix('::/0'),
};

/** Any address of the Internet (RFC 5737, RFC 3849): which one matters for no choice of ours. */
const SOMEBODY: Readonly<Record<Family, Address>> = {
  ipv4: address('203.0.113.1'),
  ipv6: address('2001:db8::1'),
};

export interface DirectPath {
  readonly name: string;
  readonly wan: Wan;
  /** 0-based number of the WAN. */
  readonly wanIndex: number;
  readonly family: Family;
  /** The WAN's own address: what its probes are sent from. */
  readonly local: Address;
  /** Undefined: everybody is on the link. */
  readonly nexthop: Address | undefined;
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

/**
 * A WAN is waited for when it has what it needs in no family.
 * @param inUse the addresses that paths have now, by name.
 */
export function planDirect(
  site: SiteConfig,
  facts: Facts,
  inUse: ReadonlyMap<string, Address> = new Map(),
): DirectPlan {
  const families = directFamilies(site);
  const paths: DirectPath[] = [];
  const waiting: Waiting[] = [];
  for (const [wanIndex, wan] of site.wans.entries()) {
    // That the interface does not exist is told with the WAN itself.
    if (!wan.direct || !facts.interfaces.has(wan.interface)) continue;
    const outside = wanOutside(site, wan, facts);
    const usable = families.flatMap((family): DirectPath[] => {
      const name = directName(wan, family);
      const local = sourceAddress(outside, SOMEBODY[family], inUse.get(name));
      const way = outside.ways.find((one) => one.family === family);
      if (local === undefined || way === undefined) return [];
      return [{ name, wan, wanIndex, family, local, nexthop: way.via }];
    });
    paths.push(...usable);
    if (usable.length > 0 || families.length === 0) continue;
    waiting.push({ what: `direct WAN ${wan.name}`, reason: whyNot(wan, outside, families) });
  }
  return { paths, waiting };
}

function whyNot(wan: Wan, outside: Outside, families: readonly Family[]): string {
  const fault = outside.faults.find(({ family }) => families.includes(family));
  if (fault !== undefined) return fault.reason;
  const has = outside.addresses.some(({ address }) => families.includes(familyOf(address)));
  const missing = has ? 'next hop' : 'address';
  return `interface ${wan.interface} has no ${missing} to reach the Internet with`;
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
