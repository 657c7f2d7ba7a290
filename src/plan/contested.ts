/**
 * The LAN keeps its networks when a WAN gets one of them, too (a modem with factory settings): both
 * stand in the main table then, and the kernel would take whichever came first, or is more specific.
 *
 * Always holds: there is nothing here while no WAN has a network of the LAN.
 */
import type { SiteConfig } from '../config/site.ts';
import { prefixFamily } from '../net/prefix.ts';
import type { Facts } from './facts.ts';
import { contestedTable, rulePriority } from './ids.ts';
import { contestedLan } from './outside.ts';
import type { Resource } from './resource.ts';

export interface ContestedPlan {
  readonly routes: readonly Resource[];
  readonly rules: readonly Resource[];
}

export function planContested(site: SiteConfig, facts: Facts): ContestedPlan {
  const table = contestedTable(site);
  const present = contestedLan(site, facts).filter((one) => facts.interfaces.has(one.interface));
  return {
    routes: present.map(({ prefix, interface: lan }) => ({
      kind: 'route',
      type: 'unicast',
      family: prefixFamily(prefix),
      table,
      destination: prefix,
      interface: lan,
      via: undefined,
    })),
    rules: present.map(({ prefix }) => ({
      kind: 'rule',
      family: prefixFamily(prefix),
      priority: rulePriority(site, 'contested'),
      from: undefined,
      to: prefix,
      outgoing: undefined,
      incoming: undefined,
      mark: undefined,
      ipProtocol: undefined,
      table,
      suppressPrefixLength: undefined,
    })),
  };
}
