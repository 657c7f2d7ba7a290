/**
 * With what a WAN reaches others: which of its addresses are good for that, by which next hop, and why
 * there is none.
 *
 * Always holds: pure; no choice depends on the order of a list; an address in use stays while it is
 * there and preferred; the LAN keeps a network that a WAN has as well.
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import { familyOf, formatInterfaceAddress } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import { prefixContains, prefixOf } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import {
  addressLabel,
  byAddress,
  commonPrefixLength,
  isUniqueLocal,
} from '../net/source-address.ts';
import type { AddressMark, Facts, MachineAddress, Way } from './facts.ts';
import { lanMemberships, lanPrefixes } from './lan.ts';
import type { LanMembership } from './lan.ts';

export interface Outside {
  /** Those that may be a source, in no particular order. */
  readonly addresses: readonly MachineAddress[];
  /** The best one per family. */
  readonly ways: readonly Way[];
  /** What cannot be used though it is there, and why. */
  readonly faults: readonly OutsideFault[];
}

export interface OutsideFault {
  readonly family: Family;
  readonly about: 'address' | 'way';
  readonly reason: string;
}

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** Without its interface a WAN has what the file gives it. */
export function wanOutside(
  site: SiteConfig,
  wan: Wan,
  facts: Pick<Facts, 'interfaces' | 'own'>,
): Outside {
  return outsideBeside(lanMemberships(site), wan, facts);
}

export function outsideBeside(
  lan: readonly LanMembership[],
  wan: Wan,
  facts: Pick<Facts, 'interfaces' | 'own'>,
): Outside {
  const present = facts.interfaces.get(wan.interface);
  const managed = wan.addresses.length === 0 ? (present?.addresses ?? []) : [];
  const judged = managed.map((own) => ({ own, reason: whyUnusable(lan, wan, own) }));
  const addresses =
    wan.addresses.length > 0
      ? wan.addresses
      : judged.flatMap(({ own, reason }) => (reason === undefined ? [own] : []));
  const known: readonly Way[] =
    wan.nexthops.length > 0
      ? wan.nexthops.map((via) => ({ family: familyOf(via), via }))
      : (present?.ways ?? []);
  const taken = known.map((way) => ({ way, reason: whyNoWay(lan, wan, way, facts) }));
  const good = taken.flatMap(({ way, reason }) => (reason === undefined ? [way] : []));
  const faults = FAMILIES.flatMap((family) => {
    const unusable = judged.filter(({ own }) => isOf(family)(own)).map(({ reason }) => reason);
    const wrong = taken.filter(({ way }) => way.family === family).map(({ reason }) => reason);
    const [address] = faultOf(family, 'address', addresses.some(isOf(family)), unusable);
    // Without an address it does not matter where it would go.
    if (address !== undefined) return [address];
    return faultOf(
      family,
      'way',
      good.some((way) => way.family === family),
      wrong,
    );
  });
  const isLost = (family: Family): boolean =>
    faults.some((fault) => fault.family === family && fault.about === 'address');
  return {
    addresses,
    ways: FAMILIES.filter((family) => !isLost(family)).flatMap(
      (family) => good.find((way) => way.family === family) ?? [],
    ),
    faults,
  };
}

/** Why a WAN has no address of a family with which it could reach others. */
export function whyNoAddress(wan: Wan, outside: Outside, family: Family): string {
  const fault = outside.faults.find((one) => one.family === family && one.about === 'address');
  return fault?.reason ?? `interface ${wan.interface} has no ${family} address`;
}

/**
 * The address from which packets to `remote` leave: the one in use as long as it can be, then by RFC
 * 6724 section 5. Public before temporary, though its rule 7 says otherwise: peers must know a tunnel
 * again. A router that is no further than one of our addresses wants to see that one (rule 5.5).
 */
export function sourceAddress(
  { addresses, ways }: Pick<Outside, 'addresses' | 'ways'>,
  remote: Address,
  inUse?: Address,
): Address | undefined {
  const family = familyOf(remote);
  const via = ways.find((way) => way.family === family)?.via;
  // The smaller, the better; the first that differs decides.
  const ranks: readonly ((own: MachineAddress) => number)[] = [
    (own) => Number(has(own, 'deprecated')),
    // Out there nobody answers to it.
    ({ address }) => Number(isUniqueLocal(address) && !isUniqueLocal(remote)),
    (own) => Number(via !== undefined && !prefixContains(networkOf(own), via)),
    ({ address }) => Number(address !== inUse),
    ({ address }) => Number(addressLabel(address) !== addressLabel(remote)),
    (own) => Number(has(own, 'temporary')),
    (own) => Number(has(own, 'secondary')),
    ({ address, length }) => -Math.min(length, commonPrefixLength(address, remote)),
  ];
  const better = (one: MachineAddress, other: MachineAddress): number => {
    const rank = ranks.find((each) => each(one) !== each(other));
    if (rank !== undefined) return rank(one) - rank(other);
    return byAddress(one.address, other.address);
  };
  return addresses.filter(isOf(family)).toSorted(better)[0]?.address;
}

function whyUnusable(
  lan: readonly LanMembership[],
  wan: Wan,
  own: MachineAddress,
): string | undefined {
  const { address } = own;
  const at = `${address} on ${wan.interface}`;
  if (has(own, 'duplicate')) return `another machine has ${at}, too: duplicate address detection`;
  if (has(own, 'tentative')) return `whether ${at} is another machine's, too, is not known yet`;
  if (has(own, 'link-local')) {
    return `interface ${wan.interface} has only ${address}, which a DHCP client sets that finds no server`;
  }
  const member = lan.find((one) => prefixContains(prefixOf(one.own), address));
  if (member === undefined) return undefined;
  return (
    `${formatInterfaceAddress(own)} on ${wan.interface} is in the network ${prefixOf(member.own)} of our ` +
    `LAN on ${member.interface}, which keeps it; give one of the two another network`
  );
}

function whyNoWay(
  lan: readonly LanMembership[],
  wan: Wan,
  { via }: Way,
  { own }: Pick<Facts, 'own'>,
): string | undefined {
  if (via === undefined) return undefined;
  const holder = lan.find((member) => member.own.address === via)?.interface ?? own.get(via);
  return holder === undefined
    ? undefined
    : `the next hop ${via} of ${wan.interface} is our own address on ${holder}`;
}

/** Of several reasons the first by text: it is said again only when it changes. */
function faultOf(
  family: Family,
  about: OutsideFault['about'],
  isThere: boolean,
  reasons: readonly (string | undefined)[],
): readonly OutsideFault[] {
  const [reason] = reasons.filter((each) => each !== undefined).toSorted();
  return isThere || reason === undefined ? [] : [{ family, about, reason }];
}

/** The networks of the LAN that a WAN has as well, so that the kernel might look for a host there. */
export function contestedLan(
  site: SiteConfig,
  facts: Pick<Facts, 'interfaces'>,
): readonly { readonly prefix: Prefix; readonly interface: InterfaceName }[] {
  const outside = site.wans.flatMap((wan) =>
    (facts.interfaces.get(wan.interface)?.addresses ?? []).map(networkOf),
  );
  const contested = FAMILIES.flatMap((family) => lanPrefixes(site, family)).filter((prefix) =>
    outside.some((network) => prefixContains(prefix, network)),
  );
  return lanMemberships(site).flatMap((member) => {
    const prefix = prefixOf(member.own);
    return contested.includes(prefix) ? [{ prefix, interface: member.interface }] : [];
  });
}

/** The network that is on the link: of a point-to-point link that of the other end. */
export function networkOf({ address, peer, length }: MachineAddress): Prefix {
  return prefixOf({ address: peer ?? address, length });
}

function has({ marks }: MachineAddress, mark: AddressMark): boolean {
  return marks?.includes(mark) === true;
}

function isOf(family: Family): (own: MachineAddress) => boolean {
  return ({ address }) => familyOf(address) === family;
}
