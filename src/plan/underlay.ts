/**
 * The outsides of the tunnels: each WAN's addresses, and a table with the WAN's own default route,
 * asked only for packets that leave from the WAN's address, are bound to its interface, or belong to a
 * connection that began there (direct WANs).
 *
 * Always holds: the main table is not touched, and two WANs may have the same network or next hop
 * (two modems that both hand out 192.168.1.0/24).
 */
import type { SiteConfig, Wan } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family, InterfaceAddress } from '../net/address.ts';
import { prefixOf } from '../net/prefix.ts';
import type { Facts, Waiting } from './facts.ts';
import { directMark, rulePriority, underlayTable } from './ids.ts';
import { directFamilies } from './direct-path.ts';
import type { Resource } from './resource.ts';

export interface UnderlayPlan {
  readonly resources: readonly Resource[];
  readonly waiting: readonly Waiting[];
}

export function planUnderlay(
  site: SiteConfig,
  index: number,
  wan: Wan,
  facts: Facts,
): UnderlayPlan {
  const present = facts.interfaces.get(wan.interface);
  const addresses = wan.addresses.length > 0 ? wan.addresses : (present?.addresses ?? []);
  const rules = underlayRules(site, index, wan, addresses);
  if (present === undefined) {
    const reason = `interface ${wan.interface} does not exist`;
    return { resources: rules, waiting: [{ what: `WAN ${wan.name}`, reason }] };
  }
  const nexthops = wan.nexthops.length > 0 ? wan.nexthops : present.nexthops;
  return {
    resources: [
      { kind: 'link-up', interface: wan.interface },
      ...wan.addresses.map((own) => ({
        kind: 'address' as const,
        interface: wan.interface,
        ...own,
      })),
      ...connected(addresses).map((destination) => ({
        kind: 'route' as const,
        type: 'unicast' as const,
        family: familyOf(destination.address),
        table: underlayTable(site, index),
        destination: prefixOf(destination),
        interface: wan.interface,
        via: undefined,
      })),
      ...onePerFamily(nexthops).map((via) => ({
        kind: 'route' as const,
        type: 'unicast' as const,
        family: familyOf(via),
        table: underlayTable(site, index),
        destination: 'default',
        interface: wan.interface,
        via,
      })),
      ...rules,
    ],
    waiting: [],
  };
}

function underlayRules(
  site: SiteConfig,
  index: number,
  wan: Wan,
  addresses: readonly InterfaceAddress[],
): readonly Resource[] {
  const common = {
    kind: 'rule',
    priority: rulePriority(site, 'underlay'),
    incoming: undefined,
    mark: undefined,
    ipProtocol: undefined,
    suppressPrefixLength: undefined,
  } as const;
  const table = underlayTable(site, index);
  const families = new Set<Family>(addresses.map((own) => familyOf(own.address)));
  return [
    // Connections of hosts that began here; also while the WAN has no address.
    ...(wan.direct ? directFamilies(site) : []).map((family) => ({
      ...common,
      family,
      from: undefined,
      to: undefined,
      outgoing: undefined,
      mark: directMark(index),
      table,
    })),
    ...[...families].map((family) => ({
      ...common,
      family,
      from: undefined,
      to: undefined,
      outgoing: wan.interface,
      table,
    })),
    ...addresses.map((own) => ({
      ...common,
      family: familyOf(own.address),
      from: own.address,
      to: undefined,
      outgoing: undefined,
      table,
    })),
  ];
}

/** One route per network, though an interface may have several addresses in it. */
function connected(addresses: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  return addresses.filter(
    (one, index) => addresses.findIndex((other) => prefixOf(other) === prefixOf(one)) === index,
  );
}

function onePerFamily(nexthops: readonly Address[]): readonly Address[] {
  return nexthops.filter(
    (one, index) => nexthops.findIndex((other) => familyOf(other) === familyOf(one)) === index,
  );
}
