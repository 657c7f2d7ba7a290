/**
 * In which order things are made; taken away in the opposite one.
 *
 * Always holds: what another needs comes before it.
 */
import { hangsOn } from '../plan/resource.ts';
import type { Resource, ResourceKind } from '../plan/resource.ts';

const ORDER: readonly ResourceKind[] = [
  'link-up',
  'address',
  'route',
  'nftables',
  'vxlan',
  'forwarding-entry',
  'neighbour',
  'sysctl',
  // Gone before the LAN stops forwarding: then the kernel would take what it advertises to all for
  // the word of another router.
  'provisioner',
  'engine',
  'mptcp-limits',
  'mptcp-endpoints',
  'proxy',
  'rule',
];

/** For removing: greatest rank first, and what hangs on one of `devices` before the device. */
export function byRemoval(
  devices: ReadonlySet<string>,
): (one: Resource, other: Resource) => number {
  const rank = (resource: Resource): number =>
    ORDER.indexOf(hangsOn(resource, devices) ? 'neighbour' : resource.kind);
  return (one, other) => rank(other) - rank(one);
}
