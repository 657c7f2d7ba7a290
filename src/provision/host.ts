/**
 * Leases and neighbours → the hosts of the LAN, each with its addresses per WAN; pure.
 *
 * Always holds: every address of a WAN's subnet appears once; addresses of one Ethernet interface,
 * and of the macvlan interfaces above it, are one host's.
 */
import type { SiteConfig } from '../config/site.ts';
import { MAX_WANS } from '../config/defaults.ts';
import { addressToInteger } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import { macvlanAddress } from '../net/mac-address.ts';
import type { MacAddress } from '../net/mac-address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Lease } from './lease.ts';

/** Somebody on the LAN who was heard of lately, whether or not he has a lease. */
export interface Seen {
  readonly address: Address;
  readonly mac: MacAddress;
}

export interface Host {
  readonly mac: MacAddress | undefined;
  readonly name: string | undefined;
  readonly addresses: readonly HostAddress[];
  readonly wanAware: WanAwareness;
}

export interface HostAddress {
  readonly address: Address;
  /** Name of the WAN in whose subnet it is. */
  readonly wan: string;
  /** Wall clock, milliseconds; undefined: no lease of ours, the host was only seen with it. */
  readonly expires: number | undefined;
}

/** `yes`: an address for each WAN; `partly`: for several; `no`: one WAN is all it uses. */
export type WanAwareness = 'yes' | 'partly' | 'no';

export function hostsOf(
  site: SiteConfig,
  leases: readonly Lease[],
  seen: readonly Seen[],
): readonly Host[] {
  const hasLease = new Set(leases.map((lease) => lease.address));
  const macs = new Map(seen.map((one) => [one.address, one.mac]));
  const leased = leases.map((lease) => ({ ...lease, mac: macs.get(lease.address) ?? lease.mac }));
  const known = new Set([...leased.flatMap((lease) => lease.mac ?? []), ...macs.values()]);
  const parents = parentsOf(known);
  const claims: Claim[] = [
    ...leased.map(({ address, expires, mac, name, client }) => ({
      owner: mac === undefined ? (client ?? address) : (parents.get(mac) ?? mac),
      address,
      expires,
      name,
    })),
    ...seen
      .filter(({ address }) => !hasLease.has(address))
      .map(({ address, mac }) => ({
        owner: parents.get(mac) ?? mac,
        address,
        expires: undefined,
        name: undefined,
      })),
  ];
  return [...Map.groupBy(claims, (claim) => claim.owner)]
    .map(([owner, own]) => hostOf(site, known.has(owner as MacAddress) ? owner : undefined, own))
    .filter((host) => host.addresses.length > 0)
    .toSorted(byFirstAddress);
}

interface Claim {
  /** The Ethernet address, or what else tells hosts apart. */
  readonly owner: string;
  readonly address: Address;
  readonly expires: number | undefined;
  readonly name: string | undefined;
}

/** By address of a macvlan interface: that of the interface it stands on, where that is known. */
function parentsOf(known: ReadonlySet<MacAddress>): ReadonlyMap<MacAddress, MacAddress> {
  const indices = Array.from({ length: MAX_WANS - 1 }, (_, place) => place + 2);
  const above = new Map(
    [...known].flatMap((mac) => indices.map((index) => [macvlanAddress(mac, index), mac] as const)),
  );
  // The fourth is a second one's second; what has nothing below it is the interface itself.
  // Made-up addresses may go round in a circle, hence the limit.
  const root = (mac: MacAddress, steps = MAX_WANS): MacAddress => {
    const below = above.get(mac);
    return below === undefined || steps === 0 ? mac : root(below, steps - 1);
  };
  return new Map([...known].map((mac) => [mac, root(mac)]));
}

function hostOf(site: SiteConfig, mac: string | undefined, claims: readonly Claim[]): Host {
  const addresses = site.wans.flatMap((wan) =>
    claims
      .filter(({ address }) => wan.subnets.some(({ prefix }) => prefixContains(prefix, address)))
      .map(({ address, expires }) => ({ address, wan: wan.name, expires })),
  );
  return {
    mac: mac as MacAddress | undefined,
    name: claims.find((claim) => claim.name !== undefined)?.name,
    addresses,
    wanAware: awareness(site, new Set(addresses.map(({ wan }) => wan))),
  };
}

function awareness(site: SiteConfig, used: ReadonlySet<string>): WanAwareness {
  const offered = site.wans.filter((wan) => wan.subnets.length > 0);
  if (offered.every((wan) => used.has(wan.name))) return 'yes';
  return used.size > 1 ? 'partly' : 'no';
}

function byFirstAddress(one: Host, other: Host): number {
  const place = ({ addresses }: Host): bigint => {
    const first = addresses[0]?.address;
    return first === undefined ? 0n : addressToInteger(first);
  };
  const difference = place(one) - place(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
