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
import type { Family } from '../net/address.ts';
import { prefixFamily } from '../net/prefix.ts';
import { directFamilies } from './direct-path.ts';
import type { Facts, MachineAddress, Waiting } from './facts.ts';
import { directMark, rulePriority, underlayTable } from './ids.ts';
import { networkOf, wanOutside } from './outside.ts';
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
  const { addresses, ways, faults } = wanOutside(site, wan, facts);
  const rules = underlayRules(site, index, wan, addresses);
  if (!facts.interfaces.has(wan.interface)) {
    const reason = `interface ${wan.interface} does not exist`;
    return { resources: rules, waiting: [{ what: `WAN ${wan.name}`, reason }] };
  }
  return {
    resources: [
      { kind: 'link-up', interface: wan.interface },
      ...wan.addresses.map((own) => ({
        kind: 'address' as const,
        interface: wan.interface,
        ...own,
      })),
      // One route per network, though an interface may have several addresses in it.
      ...[...new Set(addresses.map(networkOf))].map((destination) => ({
        kind: 'route' as const,
        type: 'unicast' as const,
        family: prefixFamily(destination),
        table: underlayTable(site, index),
        destination,
        interface: wan.interface,
        via: undefined,
      })),
      ...ways.map(({ family, via }) => ({
        kind: 'route' as const,
        type: 'unicast' as const,
        family,
        table: underlayTable(site, index),
        destination: 'default',
        interface: wan.interface,
        via,
      })),
      ...rules,
    ],
    // Where two families lack the same, it is said once.
    waiting: [...new Set(faults.map(({ reason }) => reason))].map((reason) => ({
      what: `WAN ${wan.name}`,
      reason,
    })),
  };
}

function underlayRules(
  site: SiteConfig,
  index: number,
  wan: Wan,
  addresses: readonly MachineAddress[],
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
