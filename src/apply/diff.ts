/**
 * `Desired` × what is observed → the changes that lead from one to the other.
 *
 * Always holds: pure; additions and modifications come before removals, but for a device that has
 * to be made anew; what is not owned is never removed; undoing the changes in reverse leads back to
 * what was; a second diff after carrying out the first is empty.
 */
import { isDeepStrictEqual } from 'node:util';

import { familyOf } from '../net/address.ts';
import type { Desired } from '../plan/plan.ts';
import type { Resource, ResourceKind, Vxlan } from '../plan/resource.ts';
import { hangsOn, resourceKey } from '../plan/resource.ts';
import { IPV6_LEAST_MTU } from '../plan/tunnels.ts';
import type { Observed } from './actual.ts';
import type { Change } from './change.ts';
import type { Ledger } from './ledger.ts';
import { byRemoval } from './order.ts';
import { REMADE } from './reasons.ts';

export interface Conflict {
  readonly resource: Resource;
  readonly reason: string;
}

export interface Diff {
  readonly changes: readonly Change[];
  /** Things of others that stand where ours should be; nothing is done while there is one. */
  readonly conflicts: readonly Conflict[];
}

/** @param desired undefined: nothing at all is wanted (`down`). */
export function diff(
  desired: Desired | undefined,
  actual: readonly Observed[],
  ledger: Ledger,
): Diff {
  const observed = new Map(actual.map((item) => [resourceKey(item.resource), item]));
  const wanted = new Map((desired?.resources ?? []).map((item) => [resourceKey(item), item]));
  const replaced = replacedDevices(wanted, observed);
  const conflicts: Conflict[] = [];
  const changes: Change[] = [];

  for (const [key, resource] of wanted) {
    const found = observed.get(key);
    const lost = found !== undefined && hangsOn(found.resource, replaced);
    const conflict = found === undefined ? undefined : inTheWay(found);
    if (conflict !== undefined) {
      conflicts.push(conflict);
    } else if (found === undefined || lost) {
      changes.push({ action: 'add', resource, reason: reasonToAdd(resource, lost) });
    } else if (resource.kind === 'vxlan' && replaced.has(resource.name)) {
      changes.push(...replace(found.resource, resource, observed));
    } else if (!isDeepStrictEqual(found.resource, resource)) {
      changes.push(modify(found.resource, resource));
    }
  }
  return { conflicts, changes: [...changes, ...removals(wanted, observed, replaced, ledger)] };
}

/** What hangs on a device is named, too, though it goes by itself: undone, it has to come back. */
function replace(
  before: Resource,
  after: Vxlan,
  observed: ReadonlyMap<string, Observed>,
): readonly Change[] {
  const devices = new Set<string>([after.name]);
  return [
    ...[...observed.values()]
      .map(({ resource }) => resource)
      .filter((resource) => hangsOn(resource, devices))
      .toSorted(byRemoval(devices))
      .map((resource) => ({
        action: 'remove' as const,
        resource,
        reason: REMADE,
      })),
    { action: 'remove', resource: before, reason: DIFFERS },
    { action: 'add', resource: after, reason: DIFFERS },
  ];
}

function removals(
  wanted: ReadonlyMap<string, Resource>,
  observed: ReadonlyMap<string, Observed>,
  replaced: ReadonlySet<string>,
  ledger: Ledger,
): readonly Change[] {
  const gone = [...observed.values()].filter(
    ({ resource, owned }) =>
      owned && !wanted.has(resourceKey(resource)) && !hangsOn(resource, replaced),
  );
  const devices = new Set(
    gone.flatMap(({ resource }) => (resource.kind === 'vxlan' ? [String(resource.name)] : [])),
  );
  return (
    gone
      .map(({ resource }) => resource)
      // A switch on a device of ours that stays is no thing that could be removed.
      .filter(
        (resource) =>
          resource.kind !== 'sysctl' ||
          ledger.has(resourceKey(resource)) ||
          hangsOn(resource, devices),
      )
      .toSorted(byRemoval(devices))
      .flatMap((resource) => giveBack(resource, ledger))
  );
}

function giveBack(resource: Resource, ledger: Ledger): readonly Change[] {
  const original = ledger.get(resourceKey(resource))?.original;
  const reason = 'no longer wanted';
  if (original === undefined) return [{ action: 'remove', resource, reason }];
  return [
    { action: 'change', before: resource, resource: original, release: true, reason: 'as it was' },
  ];
}

/** `withReasons` puts the values that differ in its place, for commands that print changes. */
const DIFFERS = 'differs';

function modify(before: Resource, resource: Resource): Change {
  return { action: 'change', before, resource, release: false, reason: DIFFERS };
}

/** The kernel cannot change these in place; the device is made anew, and what hangs on it goes. */
function mustReplace(before: Vxlan, after: Vxlan): boolean {
  return (
    // Half made by a process that was killed: nobody knows what else it lacks.
    before.alias === '' ||
    before.vni !== after.vni ||
    before.port !== after.port ||
    before.sourcePort !== after.sourcePort ||
    before.lower !== after.lower ||
    before.mac !== after.mac ||
    familyOf(before.local) !== familyOf(after.local) ||
    // IPv6 was taken off it, with every switch; what comes back has those of any new interface.
    before.mtu < IPV6_LEAST_MTU
  );
}

function replacedDevices(
  wanted: ReadonlyMap<string, Resource>,
  observed: ReadonlyMap<string, Observed>,
): ReadonlySet<string> {
  const names = [...wanted].flatMap(([key, resource]) => {
    const { resource: found, owned } = observed.get(key) ?? {};
    return resource.kind === 'vxlan' &&
      found?.kind === 'vxlan' &&
      owned === true &&
      mustReplace(found, resource)
      ? [String(resource.name)]
      : [];
  });
  return new Set(names);
}

function inTheWay({ resource, owned }: Observed): Conflict | undefined {
  if (owned || resource.kind !== 'vxlan') return undefined;
  return { resource, reason: `${resource.name} exists and is not ours (no alias of ours on it)` };
}

const PROGRAMS: ReadonlySet<ResourceKind> = new Set(['engine', 'provisioner', 'proxy']);

function reasonToAdd(resource: Resource, lost: boolean): string {
  if (lost) return REMADE;
  return PROGRAMS.has(resource.kind) ? 'not running' : 'new';
}
