/**
 * The paths between two gateways, as both files see them: which are the same path, and what the two
 * files say differently about it.
 *
 * Always holds: a path is matched with at most one of the other file. WANs without addresses in
 * their file match any address, because another program gives them theirs.
 */
import { familyOf } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import type { PeerPath, Wan } from '../site.ts';
import { quoted } from '../kind.ts';
import { isPrivate } from '../reserved.ts';
import type { DraftPath } from '../draft.ts';
import { nameSpan, pathsOf, placeIn } from './placed-site.ts';
import type { PlacedPath, PlacedPeer, PlacedSite } from './placed-site.ts';

/** One gateway and how it sees the other. */
export interface Side {
  readonly at: PlacedSite;
  readonly seen: PlacedPeer;
}

export interface PathPair {
  readonly one: PlacedPath;
  readonly other: PlacedPath;
}

/** Reports what does not fit, at `other` if both sides could be blamed; gives the pairs that match. */
export function comparePaths(one: Side, other: Side): PathPair[] {
  const ours = pathsOf(one.seen).filter((path) => hasEnd(path, one, other));
  const theirs = pathsOf(other.seen).filter((path) => hasEnd(path, other, one));
  const pairs = match(ours, theirs, one.at, other.at);
  const matched = new Set(pairs.flatMap((pair) => [pair.one, pair.other]));
  for (const path of ours) if (!matched.has(path)) reportOneWay(path, one, other);
  for (const path of theirs) if (!matched.has(path)) reportOneWay(path, other, one);
  compareVnis(pairs, one, other);
  for (const pair of pairs) compareNat(pair, one, other);
  return pairs;
}

/** Whether the other file has, or may have, a WAN with the address this path leads to. */
function hasEnd({ path, draft }: PlacedPath, from: Side, to: Side): boolean {
  // Behind a NAT a WAN has another address in its own file.
  if (path.nat || to.at.wanOfAddress.has(path.remote)) return true;
  if (to.at.site.wans.some((wan) => mayHave(wan, path.remote))) return true;
  const sameFamily = [...to.at.wanOfAddress.keys()].filter(
    (address) => familyOf(address) === familyOf(path.remote),
  );
  from.at.report.error(
    draft.remote?.span ?? draft.span,
    `no WAN in ${to.at.file} has the address ${path.remote}`,
    sameFamily.length === 0
      ? `add it to a WAN there, or use one of ${[...to.at.wanOfAddress.keys()].join(', ')}`
      : `use one of ${sameFamily.join(', ')}, or add the address there`,
  );
  return false;
}

/**
 * Whether a WAN that does not have this address in its file can be reached by it all the same: another
 * program gives it its addresses, or a NAT in front of it has the public one and passes everything on.
 */
function mayHave({ addresses }: Wan, remote: Address): boolean {
  if (addresses.length === 0) return true;
  const family = familyOf(remote);
  return (
    !isPrivate(remote) &&
    addresses.some(({ address }) => familyOf(address) === family && isPrivate(address))
  );
}

function match(
  ours: readonly PlacedPath[],
  theirs: readonly PlacedPath[],
  one: PlacedSite,
  other: PlacedSite,
): PathPair[] {
  const pairs: PathPair[] = [];
  const free = new Set(theirs);
  const take = (accept: (a: PeerPath, b: PeerPath) => boolean): void => {
    for (const mine of ours) {
      if (pairs.some((pair) => pair.one === mine)) continue;
      const twin = [...free].find(
        (each) =>
          familyOf(mine.path.remote) === familyOf(each.path.remote) &&
          endsFit(mine.path, each.path, other) &&
          endsFit(each.path, mine.path, one) &&
          accept(mine.path, each.path),
      );
      if (twin === undefined) continue;
      free.delete(twin);
      pairs.push({ one: mine, other: twin });
    }
  };
  take((a, b) => other.wanOfAddress.has(a.remote) && one.wanOfAddress.has(b.remote));
  take((a, b) => a.vni === b.vni);
  take(() => true);
  return pairs;
}

/** Whether `theirs` starts on the WAN of `to` that `ours` leads to, as far as the files tell. */
function endsFit(ours: PeerPath, theirs: PeerPath, to: PlacedSite): boolean {
  const end = to.wanOfAddress.get(ours.remote);
  if (end !== undefined) return end.name === theirs.wan;
  const wan = wanOf(to, theirs.wan);
  return ours.nat || (wan !== undefined && mayHave(wan, ours.remote));
}

function wanOf({ site }: PlacedSite, name: string): Wan | undefined {
  return site.wans.find((wan) => wan.name === name);
}

function reportOneWay({ path, draft }: PlacedPath, from: Side, to: Side): void {
  const end = to.at.wanOfAddress.get(path.remote)?.name ?? 'the WAN with that address';
  const back = wanOf(from.at, path.wan)
    ?.addresses.map((each) => each.address)
    .find((address) => familyOf(address) === familyOf(path.remote));
  const remote = back ?? `the address of ${path.wan}`;
  from.at.report.error(
    draft.span,
    `${to.at.file} has no path back from ${path.remote} to our WAN ${quoted(path.wan)}`,
    `add to the peer ${quoted(to.seen.peer.name)} there: \`- { wan: ${end}, remote: ${remote}, vni: ${path.vni} }\``,
  );
}

function compareVnis(pairs: readonly PathPair[], one: Side, other: Side): void {
  const differing = pairs.filter((pair) => pair.one.path.vni !== pair.other.path.vni);
  const counted = differing.filter(
    (pair) => !explicit(pair.one.draft) && !explicit(pair.other.draft),
  );
  for (const pair of differing) {
    if (counted.includes(pair)) continue;
    other.at.report.error(
      explicit(pair.other.draft) ? pair.other.draft.vni.span : pair.other.draft.span,
      `this path has VNI ${pair.other.path.vni}, but ${pair.one.path.vni} in ${placeIn(one.at, pair.one.draft.span)}`,
      `use the same number in both files: \`vni: ${pair.one.path.vni}\``,
    );
  }
  const [first] = counted;
  if (first === undefined) return;
  const base = { one: baseOf(one.seen), other: baseOf(other.seen) };
  const span =
    other.seen.draft.vni?.given === true ? other.seen.draft.vni.span : nameSpan(other.seen);
  if (base.one !== base.other) {
    other.at.report.error(
      span,
      `the VNIs of this peer's paths start at ${base.other}, but at ${base.one} in ${placeIn(one.at, nameSpan(one.seen))}`,
      `write \`vni: ${base.one}\` here, or \`vni: ${base.other}\` there`,
    );
    return;
  }
  other.at.report.error(
    first.other.draft.span,
    `this path is number ${indexOf(other.seen, first.other.path)} of its peer (VNI ${first.other.path.vni}), but number ${indexOf(one.seen, first.one.path)} in ${placeIn(one.at, first.one.draft.span)} (VNI ${first.one.path.vni})`,
    'list the paths in the same order in both files, or give each its `vni`',
  );
}

function compareNat(pair: PathPair, one: Side, other: Side): void {
  if (pair.one.path.nat === pair.other.path.nat) return;
  const place = placeIn(one.at, pair.one.draft.span);
  other.at.report.error(
    pair.other.draft.nat?.given === true ? pair.other.draft.nat.span : pair.other.draft.span,
    pair.other.path.nat
      ? `this path has \`nat: on\`, but not in ${place}`
      : `this path has no \`nat: on\`, but it has in ${place}`,
    'write `nat: on` in both files: what either end sends must look like an answer to the other',
  );
}

function explicit(draft: DraftPath): draft is DraftPath & { vni: NonNullable<DraftPath['vni']> } {
  return draft.vni?.given === true;
}

function baseOf({ draft }: PlacedPeer): number | undefined {
  return draft.vni?.value;
}

function indexOf({ peer }: PlacedPeer, path: PeerPath): number {
  return peer.paths.indexOf(path) + 1;
}
