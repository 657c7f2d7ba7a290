/**
 * What one gateway has on its LAN, against what another believes is there.
 *
 * Always holds: each network is told once, in the file that would have to change.
 */
import { familyOf, formatInterfaceAddress } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { prefixContains, prefixOf, prefixesOverlap } from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import { quoted } from '../kind.ts';
import { isPrivate } from '../reserved.ts';
import type { Span } from '../source.ts';
import type { PathPair, Side } from './paths.ts';
import { nameSpan, pathsOf, placeIn, there } from './placed-site.ts';
import type { PlacedSite } from './placed-site.ts';

/** A network on the LAN of a gateway. */
interface OwnNetwork {
  readonly prefix: Prefix;
  readonly span: Span;
  readonly wan: string | undefined;
}

/**
 * Whether `believer` knows what `owner` has, and nothing else. In `pairs`, `one` is the owner's path
 * and `other` the believer's.
 */
export function compareNetworks(owner: Side, believer: Side, pairs: readonly PathPair[]): void {
  const own = ownNetworks(owner.at);
  for (const network of own) checkKnown(network, owner, believer, pairs);
  const { report } = believer.at;
  for (const { draft } of pathsOf(believer.seen)) {
    for (const { value, span } of draft.subnets.items) {
      if (own.some(({ prefix, wan }) => wan !== undefined && prefixContains(prefix, value)))
        continue;
      report.error(
        span,
        `no WAN in ${owner.at.file} has the subnet ${value}`,
        'add it to the WAN there, or remove it here',
      );
    }
  }
  for (const { value, span } of believer.seen.draft.prefixes.items) {
    if (own.some(({ prefix }) => prefixesOverlap(prefix, value)) || value.endsWith('/0')) continue;
    // A hub leads to what its other peers have, too.
    if (leadsTo(owner.at, believer.at, value)) continue;
    report.warn(
      span,
      `${owner.at.file} has no address in ${value}`,
      'right if it is behind another router there; otherwise correct it',
    );
  }
}

/** Whether a peer of the site, other than the one that asks, has something of this prefix behind it. */
function leadsTo({ site }: PlacedSite, asking: PlacedSite, prefix: Prefix): boolean {
  return site.peers
    .filter(({ name }) => name !== asking.site.site)
    .flatMap(({ prefixes, paths }) => [...prefixes, ...paths.flatMap(({ subnets }) => subnets)])
    .some((each) => prefixesOverlap(each, prefix));
}

function checkKnown(
  { prefix, span, wan }: OwnNetwork,
  owner: Side,
  believer: Side,
  pairs: readonly PathPair[],
): void {
  const { report } = believer.at;
  const tied = pathsOf(believer.seen).find(({ path }) =>
    path.subnets.some((subnet) => prefixesOverlap(subnet, prefix)),
  );
  const place = `(${placeIn(owner.at, span)})`;
  if (tied !== undefined) {
    const owned = pairs.find((each) => each.other.path === tied.path)?.one.path.wan;
    if (wan === undefined || owned === undefined || owned === wan) return;
    const subnet = there(
      tied.draft.subnets.items.find((each) => prefixesOverlap(each.value, prefix)),
    );
    report.error(
      subnet.span,
      `${subnet.value} is the subnet of WAN ${quoted(wan)} ${place}, but this path leads to its WAN ${quoted(owned)}`,
      `move it to the path that leads to ${quoted(wan)}`,
    );
    return;
  }
  const covered = believer.seen.peer.prefixes.some((each) => prefixContains(each, prefix));
  if (covered && (wan === undefined || pairs.length < 2)) return;
  if (covered) {
    report.warn(
      nameSpan(believer.seen),
      `traffic back to ${prefix} takes the best path, not that of WAN ${quoted(wan ?? '')} ${place}`,
      `add \`subnet: ${prefix}\` to the path that leads to ${quoted(wan ?? '')}`,
    );
    return;
  }
  if (wan === undefined) {
    report.warn(
      nameSpan(believer.seen),
      `${prefix}, a LAN network of ${quoted(owner.at.site.site)} ${place}, cannot be reached from here`,
      'add it to `prefixes`, if it is to be reached',
    );
    return;
  }
  report.error(
    nameSpan(believer.seen),
    `nothing here leads to ${prefix}, the subnet of WAN ${quoted(wan)} ${place}`,
    `add \`subnet: ${prefix}\` to the path that leads to ${quoted(wan)}`,
  );
}

/**
 * Networks that two sites both claim to have. What no site leads to may be in many places: a network for
 * guests, or that between a modem and its gateway.
 * @param all the sites that are given.
 */
export function compareOwners(
  earlier: PlacedSite,
  later: PlacedSite,
  all: readonly PlacedSite[],
): void {
  for (const mine of ownNetworks(later)) {
    const twin = ownNetworks(earlier).find((each) => prefixesOverlap(each.prefix, mine.prefix));
    if (twin === undefined) continue;
    const isLan = mine.wan === undefined && twin.wan === undefined;
    if (isLan && !isKnown(mine.prefix, later, all) && !isKnown(twin.prefix, earlier, all)) continue;
    const relation = twin.prefix === mine.prefix ? 'is' : `overlaps ${twin.prefix},`;
    later.report.error(
      mine.span,
      `${mine.prefix} ${relation} on the LAN of ${quoted(earlier.site.site)} too (${placeIn(earlier, twin.span)})`,
      'each site needs its own range; renumber one of the two',
    );
  }
  later.draft.wans.items.forEach((wan) => {
    for (const { value, span } of wan.addresses.items) {
      const twin = earlier.wanOfAddress.get(value.address);
      if (twin === undefined) continue;
      // Two modems at two sites may well hand out the same one, if nobody calls it by it.
      if (isPrivate(value.address) && !isCalled(value.address, all)) continue;
      later.report.error(
        span,
        `${formatInterfaceAddress(value)} is an address of WAN ${quoted(twin.name)} in ${earlier.file} too`,
        `find out which of the two has this ${familyOf(value.address) === 'ipv4' ? 'IPv4' : 'IPv6'} address`,
      );
    }
  });
}

/** Whether another site leads to a network as one of this site's. */
function isKnown(network: Prefix, owner: PlacedSite, all: readonly PlacedSite[]): boolean {
  return all
    .filter((other) => other !== owner)
    .flatMap(({ site }) => site.peers.filter(({ name }) => name === owner.site.site))
    .flatMap(({ prefixes, paths }) => [...prefixes, ...paths.flatMap(({ subnets }) => subnets)])
    .some((each) => prefixesOverlap(each, network));
}

/** Whether a path of some site leads to this address as it is. */
function isCalled(address: Address, all: readonly PlacedSite[]): boolean {
  return all
    .flatMap(({ site }) => site.peers.flatMap(({ paths }) => paths))
    .some((path) => path.remote === address && !path.nat);
}

function ownNetworks({ site, draft }: PlacedSite): OwnNetwork[] {
  return [
    ...site.wans.flatMap((wan, index) =>
      wan.subnets.map((subnet, at) => ({
        prefix: subnet.prefix,
        span: there(draft.wans.items[index]?.subnets.items[at]).prefix.span,
        wan: wan.name,
      })),
    ),
    ...site.lan.addresses.map((each, at) => ({
      prefix: prefixOf(each.address),
      span: there(draft.lan.addresses.items[at]).address.span,
      wan: undefined,
    })),
  ];
}
