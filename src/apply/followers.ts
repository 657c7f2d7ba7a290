/**
 * After which changes an `apply` plans again, because the facts of the machine may differ.
 *
 * Always holds: the plan takes no facts from a tunnel's device, so neither its change nor the change of a
 * resource that hangs on it needs another plan.
 */
import { isTunnelName } from '../plan/ids.ts';
import { deviceOf } from '../plan/resource.ts';
import type { Resource, ResourceKind } from '../plan/resource.ts';

/** What only follows from the facts. */
const FOLLOWERS: ReadonlySet<ResourceKind> = new Set([
  'nftables',
  'forwarding-entry',
  'neighbour',
  'rule',
  'engine',
  'vxlan',
]);

export function onlyFollows(resource: Resource): boolean {
  if (FOLLOWERS.has(resource.kind)) return true;
  const device = deviceOf(resource);
  return device !== undefined && isTunnelName(device);
}
