/**
 * The policy rules: TCP from subnet i → the table of WAN i, other TCP → by its destination, what is
 * marked as of a class or a bucket of flows → its table, everything else → the best path; what the
 * gateway itself sends to a network that the main table knows stays there.
 *
 * Always holds: their number depends on the number of WANs, subnets, classes and paths, never on that
 * of hosts (paper section III-B).
 */
import type { SiteConfig } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { prefixFamily, prefixesOverlap } from '../net/prefix.ts';
import { directFamilies, EVERYWHERE } from './direct-path.ts';
import { peerPrefixes } from './forwarding.ts';
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
import { planPaths } from './path.ts';
import type { Resource, Rule } from './resource.ts';
import { planSpread } from './spread.ts';

/** A subflow of MPTCP is TCP on the wire. */
const TCP = 'tcp';

/** The kernel's main table. */
const MAIN_TABLE = 254;

export function planRules(site: SiteConfig): readonly Resource[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const remote = [
      ...site.peers.flatMap((peer) => peerPrefixes(peer, family)),
      ...(directFamilies(site).includes(family) ? [EVERYWHERE[family]] : []),
    ];
    if (remote.length === 0) return [];
    const local = lanPrefixes(site, family)
      // Only where a peer's prefix (a default route, say) would take our own LAN with it.
      .filter((own) => remote.some((prefix) => prefixesOverlap(own, prefix)))
      .map((to) => rule(site, 'local', family, MAIN_TABLE, { to }));
    // An engineer's session from a network that only the main table knows must not end in a tunnel,
    // should a peer's prefix be everything.
    const own = rule(site, 'local', family, MAIN_TABLE, { incoming: 'lo' }, 0);
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
      own,
      ...local,
      ...subnets,
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
  suppressPrefixLength?: number,
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
    suppressPrefixLength,
  };
}
