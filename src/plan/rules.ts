/**
 * The policy rules: TCP from subnet i → the table of WAN i, other TCP → by its destination, what is
 * marked as of a class or a bucket of flows → its table, everything else → the best path. What these
 * tables leave to the main one (main-table.ts) comes to its turn last, as in any machine.
 *
 * Always holds: their number depends on the number of WANs, subnets, classes and paths, never on that
 * of hosts (paper section III-B).
 */
import type { SiteConfig } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { prefix, prefixContains, prefixFamily, prefixesOverlap } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Facts } from './facts.ts';
import {
  bestTable,
  classTable,
  destinationTable,
  rulePriority,
  trafficMark,
  wanTable,
} from './ids.ts';
import type { RuleStep } from './ids.ts';
import { lanPrefixes } from './lan.ts';
import { neighboursOnWans, remotePrefixes } from './main-table.ts';
import { planPaths } from './path.ts';
import type { Resource, Rule } from './resource.ts';
import { planSpread } from './spread.ts';

/** A subflow of MPTCP is TCP on the wire. */
const TCP = 'tcp';

/** The kernel's main table. */
const MAIN_TABLE = 254;

const LINK_LOCAL: Readonly<Record<Family, readonly Prefix[]>> = {
  ipv4: [],
  ipv6: [prefix('fe80::/10')],
};

export function planRules(site: SiteConfig, facts: Facts): readonly Resource[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const remote = remotePrefixes(site, family);
    if (remote.length === 0) return [];
    const local = lanPrefixes(site, family)
      // Only where a peer's prefix (a default route, say) would take our own LAN with it.
      .filter((own) => remote.some((prefix) => prefixesOverlap(own, prefix)))
      .map((to) => rule(site, 'local', family, MAIN_TABLE, { to }));
    // Behind the subnets' rules: what the proxy says in its own address belongs to tunnels.
    const own = [
      ...neighboursOnWans(site, family, facts),
      // Neighbours on any link, where a peer's prefix is everything.
      ...LINK_LOCAL[family].filter((link) => remote.some((prefix) => prefixContains(prefix, link))),
    ].map((to) => rule(site, 'own', family, MAIN_TABLE, { incoming: 'lo', to }));
    const subnets = site.wans.flatMap((wan, index) =>
      wan.subnets
        .filter((subnet) => prefixFamily(subnet.prefix) === family)
        .map((subnet) =>
          rule(site, 'subnet', family, wanTable(site, index), {
            from: subnet.prefix,
            ipProtocol: TCP,
          }),
        ),
    );
    return [
      ...local,
      ...subnets,
      ...own,
      rule(site, 'destination', family, destinationTable(site), { ipProtocol: TCP }),
      ...markedTables(site).map((table) =>
        rule(site, 'class', family, table, { mark: trafficMark(site, table) }),
      ),
      rule(site, 'best', family, bestTable(site), {}),
    ];
  });
}

/** The tables of classes with an order of their own, and those of buckets of flows. */
function markedTables(site: SiteConfig): readonly number[] {
  return [
    ...site.classes.flatMap((one, index) => (one.spread ? [] : [classTable(site, index)])),
    ...planSpread(site, planPaths(site)).map((group) => group.table),
  ];
}

function rule(
  site: SiteConfig,
  step: RuleStep,
  family: Family,
  table: number,
  selector: Partial<Pick<Rule, 'from' | 'to' | 'incoming' | 'ipProtocol' | 'mark'>>,
): Rule {
  return {
    kind: 'rule',
    family,
    priority: rulePriority(site, step),
    from: selector.from,
    to: selector.to,
    outgoing: undefined,
    incoming: selector.incoming,
    ipProtocol: selector.ipProtocol,
    mark: selector.mark,
    table,
    suppressPrefixLength: undefined,
  };
}
