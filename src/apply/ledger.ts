/**
 * What we took from the machine and the kernel cannot mark as ours: addresses, sysctls, and the
 * state of interfaces.
 *
 * Always holds: an entry is written before the change it belongs to, so after a crash the ledger
 * lists at least everything that was taken, and `down` can put it all back.
 */
import { isDeepStrictEqual } from 'node:util';

import type { Resource } from '../plan/resource.ts';
import { isTunnelName } from '../plan/ids.ts';
import { deviceOf, resourceKey } from '../plan/resource.ts';
import type { Observed } from './actual.ts';

export interface LedgerEntry {
  /** As it is while we hold it. */
  readonly resource: Resource;
  /** As it was before; undefined: it was not there. */
  readonly original?: Resource;
}

export type Ledger = ReadonlyMap<string, LedgerEntry>;

/** Kinds that the kernel does not mark as ours. */
const UNMARKED: ReadonlySet<Resource['kind']> = new Set([
  'address',
  'sysctl',
  'link-up',
  'mptcp-limits',
]);

/** What hangs on a device of ours needs no entry: it goes when the device goes. */
export function needsLedger(resource: Resource): boolean {
  if (!UNMARKED.has(resource.kind)) return false;
  const device = deviceOf(resource);
  return device === undefined || !isTunnelName(device);
}

/** Takes `resource`; the first original stays the original, however often the value changes. */
export function take(ledger: Ledger, resource: Resource, original: Resource | undefined): Ledger {
  const key = resourceKey(resource);
  const before = ledger.get(key);
  const kept = before === undefined ? original : before.original;
  // Back at what it was: nothing is taken any more.
  if (kept !== undefined && isDeepStrictEqual(kept, resource)) return release(ledger, resource);
  return new Map(ledger).set(key, {
    resource,
    ...(kept === undefined ? {} : { original: kept }),
  });
}

/**
 * The ledger without what neither exists nor is wanted: nothing is left of it to give back, and
 * whatever comes in its place later is somebody else's.
 */
export function stillTaken(
  ledger: Ledger,
  actual: readonly Observed[],
  wanted: readonly Resource[],
): Ledger {
  const known = new Set([...actual.map(({ resource }) => resource), ...wanted].map(resourceKey));
  return new Map([...ledger].filter(([key]) => known.has(key)));
}

export function release(ledger: Ledger, resource: Resource): Ledger {
  if (!ledger.has(resourceKey(resource))) return ledger;
  const next = new Map(ledger);
  next.delete(resourceKey(resource));
  return next;
}
