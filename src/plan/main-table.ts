/**
 * Which routes of the machine's main table count although a peer's prefix covers them (a layer-3 switch
 * behind the LAN, a container bridge, a VPN, a management network): those that lead to none of our WANs
 * and are longer than every prefix of a peer that covers them. As the longest prefix wins in one table,
 * so here in two.
 *
 * They are `throw` routes in our tables: the kernel then goes on to the main table, and follows it by
 * itself when a next hop changes. Asking the main table first (`suppress_prefixlength`) would do less:
 * a shorter route, one out of a WAN, or an `unreachable`, which the kernel never passes over, would take
 * a peer's prefix off its tunnels.
 *
 * Always holds: what is as long as a peer's prefix, shorter than it, or leads out of a WAN takes no
 * packet off a tunnel; the gateway itself reaches its neighbours on a WAN where no peer's prefix says
 * otherwise.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { interfaceName } from '../net/interface-name.ts';
import {
  prefixContains,
  prefixFamily,
  prefixLength,
  prefixOf,
  prefixesOverlap,
} from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import { directFamilies, EVERYWHERE } from './direct-path.ts';
import type { Facts, MainRoute } from './facts.ts';
import { peerPrefixes } from './forwarding.ts';
import type { ForwardingTable } from './forwarding.ts';
import { isTunnelName } from './ids.ts';
import { lanPrefixes } from './lan.ts';
import type { Resource } from './resource.ts';

/** Everything, also in two halves, as VPN clients write it so as not to touch the default route. */
const EVERYTHING = 1;

const LO = interfaceName('lo');

/** Every prefix that our tables lead to. */
export function remotePrefixes(site: SiteConfig, family: Family): readonly Prefix[] {
  return [
    ...site.peers.flatMap((peer) => peerPrefixes(peer, family)),
    ...(directFamilies(site).includes(family) ? [EVERYWHERE[family]] : []),
  ];
}

/** What the main table decides, for every packet. */
export function mainTableRoutes(
  site: SiteConfig,
  tables: readonly ForwardingTable[],
  facts: Facts,
): readonly Resource[] {
  const destinations = {
    ipv4: leftToMain(site, 'ipv4', facts),
    ipv6: leftToMain(site, 'ipv6', facts),
  };
  return tables.flatMap(({ table, family }) =>
    destinations[family].map((destination) => ({
      kind: 'route' as const,
      type: 'throw' as const,
      family,
      table,
      destination,
      interface: LO,
      via: undefined,
    })),
  );
}

/** As few as say it: what lies in another one is left out, unless a peer's prefix is in between. */
export function leftToMain(site: SiteConfig, family: Family, facts: Facts): readonly Prefix[] {
  const remote = remotePrefixes(site, family);
  const own = lanPrefixes(site, family);
  const candidates = elsewhere(site, family, facts).filter(
    (destination) =>
      // The rules have it already where it matters.
      !own.some((prefix) => prefixContains(prefix, destination)) &&
      !remote.includes(destination) &&
      remote.some((prefix) => prefixContains(prefix, destination)),
  );
  return candidates.filter(
    (one) =>
      !candidates.some(
        (other) =>
          other !== one &&
          prefixContains(other, one) &&
          !remote.some((prefix) => prefixContains(other, prefix) && prefixContains(prefix, one)),
      ),
  );
}

/** Networks that the machine reaches by neither a WAN nor a tunnel of ours, nor by `others`. */
export function elsewhere(
  site: SiteConfig,
  family: Family,
  facts: Facts,
  others: readonly string[] = [],
): readonly Prefix[] {
  const wans = new Set<string>([...site.wans.map((wan) => wan.interface), ...others]);
  return networks(family, facts, ({ interfaces }) =>
    interfaces.every((name) => !wans.has(name) && !isTunnelName(name)),
  );
}

/**
 * Networks on WANs that the gateway itself talks to, a modem or a router of the provider, though
 * everything else lies behind a peer or a direct WAN. Never in a peer's prefix: nothing of it may leave
 * in clear.
 */
export function neighboursOnWans(
  site: SiteConfig,
  family: Family,
  facts: Facts,
): readonly Prefix[] {
  const remote = remotePrefixes(site, family);
  if (!remote.some((prefix) => prefixLength(prefix) <= EVERYTHING)) return [];
  const peers = remote.filter((prefix) => prefixLength(prefix) > EVERYTHING);
  const wans = new Set<string>(site.wans.map((wan) => wan.interface));
  const set = site.wans.flatMap((wan) => wan.addresses.map((own) => prefixOf(own)));
  const found = networks(family, facts, ({ interfaces }) =>
    interfaces.every((name) => wans.has(name)),
  );
  return [...new Set([...set.filter((one) => prefixFamily(one) === family), ...found])].filter(
    (network) => !peers.some((prefix) => prefixesOverlap(prefix, network)),
  );
}

function networks(
  family: Family,
  { mainRoutes }: Facts,
  leads: (route: MainRoute) => boolean,
): readonly Prefix[] {
  const destinations = mainRoutes
    .filter((route) => prefixFamily(route.destination) === family && leads(route))
    .map(({ destination }) => destination)
    .filter((destination) => prefixLength(destination) > EVERYTHING);
  return [...new Set(destinations)].toSorted();
}
