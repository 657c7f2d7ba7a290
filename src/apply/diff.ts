/**
 * `Desired` × what is observed → the changes that lead from one to the other.
 *
 * Always holds: pure; additions and modifications come before removals; what is not owned is never
 * removed; a second diff after carrying out the first is empty.
 */
import { isDeepStrictEqual } from 'node:util';

import type { Desired } from '../plan/plan.ts';
import type { Resource, Vxlan } from '../plan/resource.ts';
import { resourceKey } from '../plan/resource.ts';
import type { Observed } from './actual.ts';
import type { Change } from './change.ts';
import type { Ledger } from './ledger.ts';
import { rank } from './order.ts';

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
    const lost = found !== undefined && goesWith(found.resource, replaced);
    if (found === undefined || (lost && resource.kind !== 'sysctl')) {
      changes.push({ action: 'add', resource, reason: reasonToAdd(resource, lost) });
    } else if (!isDeepStrictEqual(found.resource, resource) || lost) {
      const conflict = inTheWay(found);
      if (conflict !== undefined) conflicts.push(conflict);
      changes.push(modify(found.resource, resource));
    }
  }
  return { conflicts, changes: [...changes, ...removals(wanted, observed, ledger)] };
}

function removals(
  wanted: ReadonlyMap<string, Resource>,
  observed: ReadonlyMap<string, Observed>,
  ledger: Ledger,
): readonly Change[] {
  const gone = [...observed.values()].filter(
    ({ resource, owned }) => owned && !wanted.has(resourceKey(resource)),
  );
  const devices = new Set(
    gone.flatMap(({ resource }) => (resource.kind === 'vxlan' ? [String(resource.name)] : [])),
  );
  return gone
    .filter(({ resource }) => !goesWith(resource, devices))
    .toSorted((one, other) => rank(other.resource.kind) - rank(one.resource.kind))
    .flatMap(({ resource }) => giveBack(resource, ledger));
}

function giveBack(resource: Resource, ledger: Ledger): readonly Change[] {
  const original = ledger.get(resourceKey(resource))?.original;
  const reason = 'no longer wanted';
  if (original === undefined) return [{ action: 'remove', resource, reason }];
  return [
    { action: 'change', before: resource, resource: original, release: true, reason: 'as it was' },
  ];
}

function modify(before: Resource, resource: Resource): Change {
  return {
    action: 'change',
    before,
    resource,
    release: false,
    reason: `differs in ${differences(before, resource).join(', ')}`,
  };
}

/** The names of the fields that differ, for the reason. */
function differences(before: Resource, after: Resource): readonly string[] {
  const one: Readonly<Record<string, unknown>> = { ...before };
  const other: Readonly<Record<string, unknown>> = { ...after };
  return Object.keys(other).filter((field) => !isDeepStrictEqual(one[field], other[field]));
}

/** The kernel cannot change these in place; the device is made anew, and what hangs on it goes. */
export function mustReplace(before: Vxlan, after: Vxlan): boolean {
  return (
    before.vni !== after.vni ||
    before.port !== after.port ||
    before.local !== after.local ||
    before.remote !== after.remote ||
    before.lower !== after.lower
  );
}

function replacedDevices(
  wanted: ReadonlyMap<string, Resource>,
  observed: ReadonlyMap<string, Observed>,
): ReadonlySet<string> {
  const names = [...wanted].flatMap(([key, resource]) => {
    const found = observed.get(key)?.resource;
    return resource.kind === 'vxlan' && found?.kind === 'vxlan' && mustReplace(found, resource)
      ? [String(resource.name)]
      : [];
  });
  return new Set(names);
}

/** Whether a resource vanishes when one of these devices does. */
function goesWith(resource: Resource, devices: ReadonlySet<string>): boolean {
  switch (resource.kind) {
    case 'address':
    case 'neighbour':
    case 'route':
      return devices.has(resource.interface);
    case 'sysctl':
      return devices.has(resource.key[3] ?? '');
    default:
      return false;
  }
}

function inTheWay({ resource, owned }: Observed): Conflict | undefined {
  if (owned || resource.kind !== 'vxlan') return undefined;
  return { resource, reason: `${resource.name} exists and is not ours (no alias of ours on it)` };
}

function reasonToAdd(resource: Resource, lost: boolean): string {
  if (lost) return 'its device is made anew';
  return resource.kind === 'engine' ? 'not running' : 'missing';
}
