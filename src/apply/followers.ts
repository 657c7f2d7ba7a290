/**
 * Which changes bring something new to light, so that what follows from the facts has to be planned again.
 *
 * Always holds: what is not a fact of the machine for the plan, a tunnel's device and what hangs on it
 * among others, brings nothing to light.
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
