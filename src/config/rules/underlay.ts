/**
 * The outside: addresses and next hops of the WANs, and the far ends of the paths.
 *
 * Next hops are on-link (or the address is a /32 or /128, which has no link), far ends are of a family the WAN has, no address is used
 * twice, but for that of a NAT with several peers behind it, each of which comes to a WAN of its own.
 */
import { addressBits, familyOf, formatInterfaceAddress } from '../../net/address.ts';
import type { Address, Family } from '../../net/address.ts';
import { prefixContains, prefixOf } from '../../net/prefix.ts';
import { notAHost } from '../addresses.ts';
import type { At, Draft, DraftPath, DraftWan } from '../draft.ts';
import { quoted } from '../kind.ts';
import { isLinkLocal6 } from '../reserved.ts';
import type { Reporter } from '../source.ts';

const FAMILY_NAME: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

export function checkUnderlay(draft: Draft, report: Reporter): void {
  for (const wan of draft.wans.items) checkNextHops(wan, report);
  const own = ownAddresses(draft, report);
  const wans = new Map(draft.wans.items.map((wan) => [wan.name?.value, wan]));
  const remotes = new Map<Address, SeenRemote>();
  draft.peers.items.forEach((peer, index) => {
    for (const path of peer.paths.items) {
      if (path.remote === undefined) continue;
      const wan = path.wan === undefined ? undefined : wans.get(path.wan.value);
      checkRemote(path.remote, wan, own, report);
      checkOnce(path, path.remote, index, remotes, report);
    }
  });
}

function checkNextHops(wan: DraftWan, report: Reporter): void {
  const perFamily = new Map<Family, At<Address>>();
  for (const nexthop of wan.nexthops.items) {
    const family = familyOf(nexthop.value);
    const first = perFamily.get(family);
    if (first !== undefined) {
      report.error(
        nexthop.span,
        `a second ${FAMILY_NAME[family]} next hop; ${first.value} is the first ${report.see(first.span)}`,
        'keep one per family',
      );
      continue;
    }
    perFamily.set(family, nexthop);
    if (wan.addresses.complete && wan.addresses.given) checkOnLink(nexthop, wan, report);
  }
}

function checkOnLink(nexthop: At<Address>, wan: DraftWan, report: Reporter): void {
  const hop = nexthop.value;
  const family = familyOf(hop);
  const addresses = wan.addresses.items.map((each) => each.value);
  const candidates = addresses.filter((each) => familyOf(each.address) === family);
  if (addresses.some((each) => each.address === hop)) {
    report.error(
      nexthop.span,
      `next hop ${hop} is this gateway's own address`,
      'use the address of the router at the other end of the link',
    );
    return;
  }
  if (isLinkLocal6(hop)) return;
  if (candidates.length === 0) {
    report.error(
      nexthop.span,
      `next hop ${hop} is ${FAMILY_NAME[family]}, but this WAN has no ${FAMILY_NAME[family]} address`,
      `add an ${FAMILY_NAME[family]} address to \`addresses\`, or remove the next hop`,
    );
    return;
  }
  const home = candidates.map(prefixOf).find((network) => prefixContains(network, hop));
  if (home === undefined) {
    // A rented machine has one address, without a network around it, and its router outside.
    if (candidates.every((each) => each.length === addressBits(family))) return;
    const list = candidates.map(formatInterfaceAddress).join(' or ');
    const networks = candidates.map(prefixOf).join(' or ');
    report.error(
      nexthop.span,
      `next hop ${hop} is not on-link of ${list}`,
      `use an address inside ${networks}, or fix \`address\``,
    );
    return;
  }
  const problem = notAHost(hop, home);
  if (problem !== undefined) report.error(nexthop.span, problem.message, problem.cure);
}

/** The gateway's own addresses on WANs, each once. */
function ownAddresses(draft: Draft, report: Reporter): Map<Address, DraftWan> {
  const own = new Map<Address, DraftWan>();
  for (const wan of draft.wans.items) {
    for (const { value, span } of wan.addresses.items) {
      const other = own.get(value.address);
      if (other !== undefined) {
        report.error(
          span,
          `${value.address} is already an address of ${other === wan ? 'this WAN' : `the WAN ${report.see(other.span)}`}`,
          'remove one of the two',
        );
      }
      own.set(value.address, other ?? wan);
    }
  }
  return own;
}

function checkRemote(
  remote: At<Address>,
  wan: DraftWan | undefined,
  own: ReadonlyMap<Address, DraftWan>,
  report: Reporter,
): void {
  const holder = own.get(remote.value);
  if (holder !== undefined) {
    const name =
      holder.name === undefined ? 'our own WAN' : `our own WAN ${quoted(holder.name.value)}`;
    report.error(
      remote.span,
      `${remote.value} is an address of ${name}, not of the peer`,
      "use the address of the peer's WAN, from its own site file",
    );
    return;
  }
  if (wan === undefined || !wan.addresses.complete || !wan.addresses.given) return;
  const family = familyOf(remote.value);
  const addresses = wan.addresses.items.map((each) => each.value);
  if (addresses.length > 0 && !addresses.some((each) => familyOf(each.address) === family)) {
    report.error(
      remote.span,
      `${remote.value} is ${FAMILY_NAME[family]}, but WAN ${quoted(wan.name?.value ?? '')} has no ${FAMILY_NAME[family]} address`,
      `use an address of the peer in the family of our WAN, or give the WAN an ${FAMILY_NAME[family]} address`,
    );
    return;
  }
  const home = addresses.map(prefixOf).find((network) => prefixContains(network, remote.value));
  const problem = home === undefined ? undefined : notAHost(remote.value, home);
  if (problem !== undefined) report.error(remote.span, problem.message, problem.cure);
}

/** A far address that was given before. */
interface SeenRemote {
  readonly peer: number;
  readonly first: At<Address>;
  /** By our WAN, the paths that lead there. */
  readonly paths: Map<string, { readonly peer: number; readonly at: At<Address>; nat: boolean }>;
}

function checkOnce(
  path: DraftPath,
  remote: At<Address>,
  peer: number,
  remotes: Map<Address, SeenRemote>,
  report: Reporter,
): void {
  const nat = path.nat?.value === true;
  const known = remotes.get(remote.value);
  const seen: SeenRemote = known ?? { peer, first: remote, paths: new Map() };
  remotes.set(remote.value, seen);
  const wan = path.wan?.value;
  const twin = wan === undefined ? undefined : seen.paths.get(wan);
  const others = [...seen.paths.values()].filter((one) => one.peer !== peer);
  if (twin?.peer === peer) {
    report.error(
      remote.span,
      `there is a path from ${quoted(wan ?? '')} to ${remote.value} already ${report.see(twin.at.span)}`,
      'remove one of the two, or use the address of another WAN of the peer',
    );
    return;
  }
  if (twin !== undefined && nat && twin.nat) {
    report.error(
      remote.span,
      `another peer is behind the NAT ${remote.value} and comes to ${quoted(wan ?? '')}, too ${report.see(twin.at.span)}: ` +
        'a NAT keeps the source port towards one address for one of them only',
      'let one of the two peers come to another WAN of ours, or have the NAT give it another address',
    );
    return;
  }
  const other = twin ?? others.find((one) => !(nat && one.nat));
  if (other !== undefined || (seen.peer !== peer && wan === undefined)) {
    report.error(
      remote.span,
      `${remote.value} is already an address of another peer ${report.see((other?.at ?? seen.first).span)}`,
      'check which of the two gateways has this address; two behind one NAT need `nat: on` and a WAN of ours each',
    );
    return;
  }
  if (wan !== undefined) seen.paths.set(wan, { peer, at: remote, nat });
}
