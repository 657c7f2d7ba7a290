/**
 * What a comparison has put right → one event per kind of thing, which names what was missing; pure.
 *
 * Always holds: only what the comparison before wanted in the same form counts as put right. What is
 * new or different, since the site or the machine's addresses are, does not.
 */
import { isDeepStrictEqual } from 'node:util';

import type { Change } from '../apply/change.ts';
import type { Event, EventKind } from '../observe/event.ts';
import { NFT_TABLE } from '../plan/ids.ts';
import { resourceKey, ruleAction, ruleSelector } from '../plan/resource.ts';
import type { Resource, ResourceKind } from '../plan/resource.ts';

/** By their keys. */
export type Wanted = ReadonlyMap<string, Resource>;

export function wantedOf(resources: readonly Resource[]): Wanted {
  return new Map(resources.map((resource) => [resourceKey(resource), resource]));
}

/** The changes that put something right; all others are of something new. */
export function healingChanges(done: readonly Change[], before: Wanted): readonly Change[] {
  return done.filter(
    (change) =>
      change.action !== 'remove' &&
      isDeepStrictEqual(before.get(resourceKey(change.resource)), change.resource),
  );
}

/** @param healing see {@link healingChanges} */
export function describeHealed(healing: readonly Change[]): readonly Omit<Event, 'at'>[] {
  // A device that was made anew is named; what hangs on it came with it.
  const anew = new Set(
    healing.flatMap(({ resource }) => (resource.kind === 'vxlan' ? [String(resource.name)] : [])),
  );
  const own = healing.filter(
    ({ resource }) => !('interface' in resource) || !anew.has(resource.interface),
  );
  const groups = Map.groupBy(own, ({ resource, action }) => `${resource.kind} ${action}`);
  return [...groups.values()].map((changes) => restartOf(changes) ?? healed(changes));
}

function healed(changes: readonly Change[]): Omit<Event, 'at'> {
  return { kind: 'healed', text: textOf(changes) };
}

/** A program that did not run and was started by the comparison, before its own watch saw it. */
function restartOf([change]: readonly Change[]): Omit<Event, 'at'> | undefined {
  const program = change?.action === 'add' ? RESTARTS[change.resource.kind] : undefined;
  if (program === undefined) return undefined;
  return { kind: program.kind, text: `${program.name} had ended and was started again` };
}

const RESTARTS: Partial<Record<ResourceKind, { readonly name: string; readonly kind: EventKind }>> =
  {
    engine: { name: 'BIRD', kind: 'engine-restarted' },
    provisioner: { name: 'dnsmasq', kind: 'dhcp-restarted' },
    proxy: { name: 'HAProxy', kind: 'proxy-restarted' },
  };

function textOf(changes: readonly Change[]): string {
  const [first] = changes;
  if (first === undefined) return '';
  const added = first.action === 'add';
  if (changes.length === 1) {
    return `${nameOf(first.resource)} ${added ? 'was gone and is back' : changedText(first)}`;
  }
  const names = changes.map(({ resource }) => briefly(resource)).join(', ');
  const listed = names.length <= LONGEST_LIST ? ` (${names})` : '';
  const what = `${changes.length} ${PLURALS[first.resource.kind]}`;
  return `${what} ${added ? 'were gone and are back' : 'were changed and are restored'}${listed}`;
}

/** Characters; a hub has thousands of routes. */
const LONGEST_LIST = 160;

function changedText(change: Change): string {
  if (change.action === 'change' && change.before.kind === 'sysctl') {
    const { resource } = change;
    const value = resource.kind === 'sysctl' ? resource.value : '';
    return `was ${change.before.value} and is ${value} again`;
  }
  return 'was changed and is restored';
}

const PLURALS: Readonly<Record<ResourceKind, string>> = {
  sysctl: 'kernel switches',
  'link-up': 'interfaces',
  vxlan: 'tunnel devices',
  'forwarding-entry': 'forwarding entries',
  address: 'addresses',
  neighbour: 'neighbour entries',
  route: 'routes',
  rule: 'policy rules',
  nftables: 'nftables tables',
  engine: 'path engines',
  provisioner: 'DHCP servers',
  proxy: 'proxies',
  'mptcp-endpoints': 'lists of MPTCP endpoints',
  'mptcp-limits': 'MPTCP limits',
};

/** As a person would call it. */
export function nameOf(resource: Resource): string {
  switch (resource.kind) {
    case 'link-up':
      return `the state up of interface ${resource.interface}`;
    case 'vxlan':
      return `tunnel device ${resource.name}`;
    case 'forwarding-entry':
      return `forwarding entry ${briefly(resource)}`;
    case 'address':
      return `address ${briefly(resource)}`;
    case 'neighbour':
      return `neighbour entry ${briefly(resource)}`;
    case 'route':
      return `route ${briefly(resource)}`;
    case 'rule':
      return `policy rule ${briefly(resource)}`;
    case 'nftables':
      return `nftables table inet ${NFT_TABLE}`;
    case 'engine':
      return "BIRD's configuration";
    case 'provisioner':
      return "dnsmasq's configuration";
    case 'proxy':
      return "HAProxy's configuration";
    default:
      return briefly(resource);
  }
}

function briefly(resource: Resource): string {
  switch (resource.kind) {
    case 'sysctl':
      return resource.key.join('.');
    case 'link-up':
      return resource.interface;
    case 'vxlan':
      return resource.name;
    case 'forwarding-entry':
      return `to ${resource.remote} of ${resource.interface}`;
    case 'address':
      return `${resource.address}/${resource.length} on ${resource.interface}`;
    case 'neighbour':
      return `${resource.address} on ${resource.interface}`;
    case 'route':
      return `${resource.destination} in table ${resource.table}`;
    case 'rule':
      return `${resource.priority} ${ruleSelector(resource)} lookup ${ruleAction(resource)}`;
    case 'mptcp-endpoints':
      return 'the list of MPTCP endpoints';
    case 'mptcp-limits':
      return 'the MPTCP limits';
    default:
      return resource.kind;
  }
}
