/**
 * What `ip -j` prints → the facts of the machine; pure.
 *
 * Always holds: what comes out does not depend on the order in which the kernel lists addresses and
 * routes.
 */
import { z } from 'zod';

import { familyOf, parseAddress } from '../../net/address.ts';
import type { Address, Family } from '../../net/address.ts';
import { byAddress } from '../../net/source-address.ts';
import type { AddressMark, InterfaceFacts, MachineAddress, Way } from '../../plan/facts.ts';
import type { Route } from '../../plan/resource.ts';
import { hop, parseArray, viaOf } from './ip-json.ts';
import type { Link } from './ip-json.ts';

/** A default route of the main table by one interface. */
export interface DefaultRoute extends Way {
  readonly interface: string;
  readonly metric: number;
  /** RFC 4191; greater is better. */
  readonly preference: number;
}

const defaultRoute = z.object({
  ...hop.shape,
  type: z.string().optional(),
  metric: z.number().default(0),
  pref: z.string().optional(),
  nhid: z.number().optional(),
  nexthops: z.array(hop).default([]),
});

const PREFERENCES: Readonly<Record<string, number>> = { low: -1, high: 1 };

/** RTN_UNICAST, with `-N`. */
const TYPE_UNICAST = '1';

/**
 * `ip -j route show default table main`: also each way of those that have several.
 * @param objects of `ip -j nexthop show`, for a kernel that tells of those by number only
 *   (`nexthop_compat_mode`).
 */
export function parseDefaults(
  json: string,
  family: Family,
  objects: ReadonlyMap<number, readonly Hop[]> = new Map(),
): readonly DefaultRoute[] {
  return parseArray(json, defaultRoute)
    .filter(({ type = TYPE_UNICAST }) => type === TYPE_UNICAST || type === 'unicast')
    .flatMap(({ metric, pref = 'medium', nhid, nexthops, ...single }) => {
      const told = nexthops.length > 0 ? nexthops : [single];
      const hops: readonly Hop[] = told.flatMap((one) =>
        one.dev === undefined ? [] : [{ interface: one.dev, via: viaOf(one) }],
      );
      const all = hops.length === 0 && nhid !== undefined ? (objects.get(nhid) ?? []) : hops;
      const preference = PREFERENCES[pref] ?? 0;
      return all.map((one) => ({ ...one, family, metric, preference }));
    });
}

export interface Hop {
  readonly interface: string;
  readonly via: Address | undefined;
}

const nexthopObject = z.object({
  id: z.number(),
  ...hop.shape,
  group: z.array(z.object({ id: z.number() })).default([]),
});

/** `ip -j nexthop show`: groups are resolved. */
export function parseNexthops(json: string): ReadonlyMap<number, readonly Hop[]> {
  const objects = parseArray(json, nexthopObject);
  const single = new Map(
    objects.flatMap((one) =>
      one.dev === undefined ? [] : [[one.id, { interface: one.dev, via: viaOf(one) }] as const],
    ),
  );
  return new Map(
    objects.map(({ id, group }) => [
      id,
      [id, ...group.map((member) => member.id)].flatMap((member) => single.get(member) ?? []),
    ]),
  );
}

/** Whether some of them are told of by number only. */
export function lacksNexthops(json: string): boolean {
  return parseArray(json, defaultRoute).some(
    ({ nhid, dev, nexthops }) => nhid !== undefined && dev === undefined && nexthops.length === 0,
  );
}

/**
 * @param defaults of both families
 * @param current our own default routes by the interface: of two that are as good, the one in use stays.
 */
export function interfaceFacts(
  one: Link,
  defaults: readonly DefaultRoute[],
  current: readonly Route[] = [],
): InterfaceFacts {
  const addresses = machineAddresses(one).toSorted(
    (left, right) => byAddress(left.address, right.address) || left.length - right.length,
  );
  return { mtu: one.mtu, addresses, ways: waysOf(one.ifname, addresses, defaults, current) };
}

function waysOf(
  name: string,
  addresses: readonly MachineAddress[],
  defaults: readonly DefaultRoute[],
  current: readonly Route[],
): readonly Way[] {
  const isUsed = (way: Way): boolean =>
    current.some(
      (route) => route.interface === name && route.family === way.family && route.via === way.via,
    );
  const best = (one: DefaultRoute, other: DefaultRoute): number =>
    one.metric - other.metric ||
    other.preference - one.preference ||
    Number(isUsed(other)) - Number(isUsed(one)) ||
    byVia(one, other);
  const peers = addresses.flatMap(({ peer }) => peer ?? []);
  const routes = defaults
    .filter((route) => route.interface === name)
    .toSorted(best)
    // A default route into PPP names no router: there is but one other end.
    .map(({ family, via }) => ({
      family,
      via: via ?? peers.find((peer) => familyOf(peer) === family),
    }));
  return [...routes, ...peers.map((via) => ({ family: familyOf(via), via }))];
}

function byVia(one: Way, other: Way): number {
  if (one.via === undefined || other.via === undefined) {
    return Number(one.via === undefined) - Number(other.via === undefined);
  }
  return byAddress(one.via, other.via);
}

function machineAddresses(one: Link): readonly MachineAddress[] {
  return (one.addr_info ?? []).flatMap((info): readonly MachineAddress[] => {
    const address = parseAddress(info.local ?? '');
    if (address === undefined || info.prefixlen === undefined) return [];
    const marks = marksOf(info, address);
    const isOfLink = info.scope !== 'global' && info.scope !== 'site';
    if (isOfLink && !marks.includes('link-local')) return [];
    const peer = parseAddress(info.address ?? '');
    return [
      {
        ...{ address, length: info.prefixlen },
        ...(peer === undefined ? {} : { peer }),
        ...(marks.length === 0 ? {} : { marks }),
      },
    ];
  });
}

function marksOf(
  info: NonNullable<Link['addr_info']>[number],
  address: Address,
): readonly AddressMark[] {
  return [
    ...(info.temporary === true ? ['temporary' as const] : []),
    ...(info.deprecated === true ? ['deprecated' as const] : []),
    // One that was found not to be alone is tentative for ever.
    ...(info.dadfailed === true
      ? ['duplicate' as const]
      : info.tentative === true
        ? ['tentative' as const]
        : []),
    ...(info.secondary === true ? ['secondary' as const] : []),
    ...(address.startsWith('169.254.') ? ['link-local' as const] : []),
  ];
}

/** Addresses beyond a link, but those of our tunnels, with the interface that has them. */
export function ownAddresses(
  links: readonly Link[],
  isTunnel: (name: string) => boolean,
): ReadonlyMap<Address, string> {
  return new Map(
    links
      .filter(({ ifname }) => !isTunnel(ifname))
      .flatMap((one) => machineAddresses(one).map(({ address }) => [address, one.ifname] as const)),
  );
}
