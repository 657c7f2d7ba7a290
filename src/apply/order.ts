/**
 * In which order things are made; taken away in the opposite one.
 *
 * Always holds: what another needs comes before it.
 */
import type { ResourceKind } from '../plan/resource.ts';

const ORDER: readonly ResourceKind[] = [
  'link-up',
  'address',
  'route',
  'nftables',
  'vxlan',
  'neighbour',
  'sysctl',
  'engine',
  'rule',
];

/** Greater ranks are removed earlier. */
export function rank(kind: ResourceKind): number {
  return ORDER.indexOf(kind);
}
