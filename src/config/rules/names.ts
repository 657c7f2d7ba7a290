/** Names are unique, and every name that refers to something refers to something that exists. */
import type { At, Draft, DraftList } from '../draft.ts';
import { quoted } from '../kind.ts';
import { nearest } from '../nearest.ts';
import { pathNames } from '../path-names.ts';
import type { Reporter } from '../source.ts';

export function checkNames(draft: Draft, report: Reporter): void {
  const wanNames = draft.wans.items.map((wan) => wan.name);
  const wans: Names = {
    what: 'WAN',
    known: defined(wanNames).map((name) => name.value),
    complete: draft.wans.complete && !wanNames.includes(undefined),
  };
  unique('name of a WAN', defined(wanNames), report);
  unique('name of a peer', defined(draft.peers.items.map((peer) => peer.name)), report);
  unique('name of a class', defined(draft.classes.items.map((one) => one.name)), report);
  for (const peer of draft.peers.items) {
    if (peer.name !== undefined && peer.name.value === draft.site?.value) {
      report.error(
        peer.name.span,
        `the peer ${quoted(peer.name.value)} has the name of this site`,
        'name the gateway at the other end; a site is not its own peer',
      );
    }
    for (const path of peer.paths.items) refer(path.wan, wans, report);
  }
  checkWanLists(draft, wans, report);
  checkInterfaces(draft, report);
}

interface Names {
  readonly what: string;
  readonly known: readonly string[];
  /** False: some could not be read, so one that seems missing may be there. */
  readonly complete: boolean;
}

function checkWanLists(draft: Draft, wans: Names, report: Reporter): void {
  for (const wan of draft.wans.items) {
    once(wan.detours, report);
    for (const detour of wan.detours.items) {
      if (detour.value === wan.name?.value) {
        report.error(
          detour.span,
          `${quoted(detour.value)} is its own detour`,
          'list other WANs, or leave out `detours` to have them chosen',
        );
      } else {
        refer(detour, wans, report);
      }
    }
  }
  once(draft.preference, report);
  for (const name of draft.preference.items) refer(name, wans, report);
  const ways = wansAndPaths(draft, wans);
  for (const order of draft.classes.items.flatMap(({ prefer, avoid }) => [prefer, avoid])) {
    once(order, report);
    for (const name of order.items) refer(name, ways, report);
  }
}

/** What a class may prefer or avoid. */
function wansAndPaths({ peers }: Draft, wans: Names): Names {
  const toPeers = peers.items.map(({ name, paths }) => ({
    peer: name?.value ?? '',
    wans: paths.items.map((path) => path.wan?.value ?? ''),
  }));
  const nameless = peers.items.some(
    ({ name, paths }) =>
      name === undefined || !paths.complete || paths.items.some(({ wan }) => wan === undefined),
  );
  return {
    what: 'WAN or path',
    known: [...wans.known, ...pathNames(toPeers).flat()],
    complete: wans.complete && peers.complete && !nameless,
  };
}

function checkInterfaces(draft: Draft, report: Reporter): void {
  const lan = draft.lan.interfaces;
  if (draft.lan.nameless !== undefined) {
    report.error(
      draft.lan.nameless,
      '`lan` names no interface',
      'add `interface: eth0`, with the interface of the LAN',
    );
  }
  if (draft.lan.interfaces.items.length > 1) once(lan, report);
  const lanNames: Names = {
    what: 'LAN interface',
    known: lan.items.map((each) => each.value),
    complete: lan.complete,
  };
  for (const address of draft.lan.addresses.items) refer(address.interface, lanNames, report);
  const used = new Map<string, { at: At<string>; what: string }>();
  for (const each of lan.items) used.set(each.value, { at: each, what: 'a LAN interface' });
  for (const wan of draft.wans.items) {
    for (const subnet of wan.subnets.items) refer(subnet.interface, lanNames, report);
    if (wan.interface === undefined) continue;
    const other = used.get(wan.interface.value);
    if (other !== undefined) {
      report.error(
        wan.interface.span,
        `interface ${quoted(wan.interface.value)} is already ${other.what} ${report.see(other.at.span)}`,
        'give each WAN an interface of its own; two lines on one port can be two VLAN interfaces',
      );
    } else {
      const what =
        wan.name === undefined ? 'that of a WAN' : `that of WAN ${quoted(wan.name.value)}`;
      used.set(wan.interface.value, { at: wan.interface, what });
    }
  }
}

function unique(what: string, names: readonly At<string>[], report: Reporter): void {
  const seen = new Map<string, At<string>>();
  for (const name of names) {
    const first = seen.get(name.value);
    if (first === undefined) seen.set(name.value, name);
    else {
      report.error(
        name.span,
        `${quoted(name.value)} is already the ${what} ${report.see(first.span)}`,
        'give one of the two another name',
      );
    }
  }
}

function once(list: DraftList<At<string>>, report: Reporter): void {
  const seen = new Set<string>();
  for (const { value, span } of list.items) {
    if (seen.has(value)) {
      report.error(span, `${quoted(value)} is in this list twice`, 'remove it here');
    }
    seen.add(value);
  }
}

function refer(name: At<string> | undefined, names: Names, report: Reporter): void {
  if (name === undefined || !names.complete) return;
  const known = [...new Set(names.known)];
  if (known.includes(name.value)) return;
  const guess = nearest(name.value, known);
  report.error(
    name.span,
    `there is no ${names.what} ${quoted(name.value)}`,
    guess === undefined ? `use one of: ${known.join(', ')}` : `did you mean \`${guess}\`?`,
  );
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
