/** WANs, subnets and paths that are allowed, but likely not as they were meant: warnings. */
import { familyOf } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { prefixContains, prefixFamily, prefixLength, prefixOf } from '../../net/prefix.ts';
import type { Draft, DraftPath, DraftPeer, DraftWan } from '../draft.ts';
import { quoted } from '../kind.ts';
import { isLinkLocal6 } from '../reserved.ts';
import type { Reporter } from '../source.ts';

export function advisePaths(draft: Draft, report: Reporter): void {
  adviseSubnets(draft, report);
  for (const peer of draft.peers.items) advisePeer(peer, draft, report);
  for (const wan of draft.wans.items) {
    adviseWan(wan, draft, report);
    adviseSlaac(wan, report);
  }
}

/** Hosts open one subflow per subnet, so a WAN without one carries none. */
function adviseSubnets(draft: Draft, report: Reporter): void {
  const { wans, lan } = draft;
  if (!wans.complete || wans.items.some((wan) => !wan.subnets.complete)) return;
  const without = wans.items.filter((wan) => wan.subnets.items.length === 0);
  if (without.length === wans.items.length) {
    if (!lan.addresses.complete || lan.addresses.items.length > 0 || wans.items[0] === undefined)
      return;
    report.warn(
      wans.items[0].span,
      'this gateway has no address on its LAN: no WAN has a subnet, and `lan.addresses` is empty',
      'add `subnet:` to each WAN, or `addresses:` to `lan`',
    );
    return;
  }
  for (const wan of without) {
    report.warn(
      wan.span,
      `WAN ${nameOf(wan)} has no subnet, others have: MPTCP hosts open no subflow over it`,
      'add `subnet:`, or leave it as a detour of the others',
    );
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const has = (wan: DraftWan): boolean =>
      wan.subnets.items.some(({ prefix }) => prefixFamily(prefix.value) === family);
    if (!wans.items.some(has)) continue;
    for (const wan of wans.items) {
      if (has(wan) || without.includes(wan)) continue;
      const text = family === 'ipv4' ? 'IPv4' : 'IPv6';
      report.warn(
        wan.span,
        `WAN ${nameOf(wan)} has no ${text} subnet, others have: ${text} hosts open no subflow over it`,
        `add an ${text} subnet to its \`subnets\`; the tunnel carries both families`,
      );
    }
  }
}

function advisePeer(peer: DraftPeer, draft: Draft, report: Reporter): void {
  const paths = peer.paths.items;
  if (!peer.prefixes.complete || !peer.paths.complete) return;
  if (paths.some((path) => !path.subnets.complete)) return;
  const noSubnets = paths.every((path) => path.subnets.items.length === 0);
  if (noSubnets && peer.prefixes.items.length === 0) {
    report.warn(
      peer.span,
      'nothing is sent to this peer: it has neither prefixes nor subnets',
      'add `prefixes:` with what is behind it, or `subnet:` to its paths',
    );
    return;
  }
  const hub =
    draft.wans.complete &&
    draft.wans.items.every(({ subnets }) => subnets.complete && subnets.items.length === 0);
  // Several paths to one address all lead to one WAN of the peer.
  const remotes = new Set(paths.map((path) => path.remote?.value));
  if (hub && noSubnets && remotes.size > 1) {
    report.warn(
      peer.span,
      'no path of this peer has a subnet, so all traffic back to it takes one path',
      "add to each path the `subnet:` that the peer's file gives to its WAN",
    );
  }
}

function adviseWan(wan: DraftWan, draft: Draft, report: Reporter): void {
  if (wan.name === undefined || !draft.peers.complete || draft.peers.items.length === 0) return;
  const { value: name } = wan.name;
  const lists = draft.peers.items.map((peer) => peer.paths);
  if (hasTwins(lists.flatMap((list) => list.items))) return;
  if (lists.some((list) => !list.complete || list.items.some((path) => path.wan === undefined)))
    return;
  const paths = lists.flatMap((list) => list.items).filter((path) => path.wan?.value === name);
  if (paths.length === 0) {
    if (wan.direct?.value !== false) return;
    const names = new Set(draft.wans.items.map((each) => each.name?.value));
    // A path with a misspelt WAN is likely the missing one.
    if (lists.some((list) => list.items.some((path) => !names.has(path.wan?.value)))) return;
    report.warn(
      wan.span,
      `no path uses WAN ${quoted(name)}`,
      `add \`- { wan: ${name}, remote: … }\` to the paths of a peer`,
    );
    return;
  }
  if (wan.subnets.items.length > 0) adviseMissingPaths(wan, name, draft, report);
  for (const path of paths) adviseReach(path, wan, draft, report);
}

function adviseMissingPaths(wan: DraftWan, name: string, draft: Draft, report: Reporter): void {
  const without = draft.peers.items.filter(
    (peer) => !peer.paths.items.some((path) => path.wan?.value === name),
  );
  if (without.length === 0) return;
  const names = without
    .map((peer) => quoted(peer.name?.value ?? ''))
    .slice(0, 3)
    .join(', ');
  const more = without.length > 3 ? ` and ${without.length - 3} others` : '';
  report.warn(
    wan.span,
    `WAN ${quoted(name)} has a subnet but no path to ${names}${more}: traffic from it always takes a detour there`,
    'add a path from this WAN to each peer',
  );
}

/** A path that is there twice was meant to be another one, likely the one that seems to be missing. */
function hasTwins(paths: readonly DraftPath[]): boolean {
  const ends = paths.map((path) => `${String(path.wan?.value)} ${String(path.remote?.value)}`);
  return new Set(ends).size < ends.length;
}

/** A far end that is off-link needs a next hop, or a default route from elsewhere. */
function adviseReach(path: DraftPath, wan: DraftWan, draft: Draft, report: Reporter): void {
  const { remote } = path;
  if (remote === undefined || !wan.addresses.complete || !wan.nexthops.complete) return;
  if (wan.addresses.items.length === 0) return;
  const onLink = (each: DraftWan): boolean =>
    each.addresses.items.some(({ value }) => prefixContains(prefixOf(value), remote.value));
  if (onLink(wan)) return;
  const other = draft.wans.items.find(onLink);
  if (other !== undefined) {
    report.warn(
      remote.span,
      `${remote.value} is in the network of WAN ${nameOf(other)}, not of ${nameOf(wan)}`,
      'check that the paths have their WANs the right way round',
    );
    return;
  }
  const family = familyOf(remote.value);
  const families = new Set(wan.addresses.items.map(({ value }) => familyOf(value.address)));
  // The wrong family, here or of the next hop, is an error and told as such.
  const fits = (value: Address): boolean => isLinkLocal6(value) || families.has(familyOf(value));
  if (!families.has(family) || !wan.nexthops.items.every(({ value }) => fits(value))) return;
  const routed = wan.nexthops.items.some(
    ({ value }) => familyOf(value) === family || isLinkLocal6(value),
  );
  if (!routed) {
    report.warn(
      wan.span,
      `WAN ${nameOf(wan)} has an address but no next hop towards ${remote.value}`,
      `add \`nexthop:\`, unless the interface has a default route from elsewhere`,
    );
  }
}

function adviseSlaac(wan: DraftWan, report: Reporter): void {
  for (const { prefix } of wan.subnets.items) {
    if (prefixFamily(prefix.value) === 'ipv4' || prefixLength(prefix.value) === 64) continue;
    report.warn(
      prefix.span,
      `${prefix.value} is not a /64, so hosts cannot form addresses by themselves (SLAAC)`,
      'use a /64, unless all hosts use DHCPv6 or fixed addresses',
    );
  }
}

function nameOf(wan: DraftWan): string {
  return quoted(wan.name?.value ?? '');
}
