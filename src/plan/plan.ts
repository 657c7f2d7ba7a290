/**
 * `SiteConfig` → `Desired`: everything this gateway should have in the kernel, as data.
 *
 * Always holds: pure; resources stand in an order in which they can be made (what another needs
 * comes before it); keys are unique.
 */
import { isDeepStrictEqual } from 'node:util';

import type { SiteConfig } from '../config/site.ts';
import { planContested } from './contested.ts';
import { planDirect } from './direct-path.ts';
import { planEngine } from './engine.ts';
import type { Facts, Waiting } from './facts.ts';
import { planFirewall } from './firewall.ts';
import { planForwarding } from './forwarding.ts';
import { planLan } from './lan.ts';
import type { Overrides } from './overrides.ts';
import { NO_OVERRIDES } from './overrides.ts';
import { narrowPaths, narrowWaiting, pathMtus } from './path-mtus.ts';
import { planPaths } from './path.ts';
import { mainTableRoutes } from './main-table.ts';
import { planProvisioning, waitingForNames } from './provisioning.ts';
import { planProxy } from './proxy.ts';
import { planRules } from './rules.ts';
import type { Resource, Vxlan } from './resource.ts';
import { planSysctls } from './sysctls.ts';
import { planTunnel } from './tunnels.ts';
import { planUnderlay } from './underlay.ts';

export interface Desired {
  readonly site: string;
  readonly resources: readonly Resource[];
  /** Octets that the WAN of each tunnel takes inside, by device; the device itself may take more. */
  readonly tunnelMtus: ReadonlyMap<string, number>;
  /** What cannot be made yet because the machine lacks an interface or an address. */
  readonly waiting: readonly Waiting[];
}

/** The last one: a daemon asks every few seconds, and seldom anything has changed. */
let last:
  { readonly of: readonly [SiteConfig, Facts, Overrides]; readonly desired: Desired } | undefined;

export function plan(site: SiteConfig, facts: Facts, overrides: Overrides = NO_OVERRIDES): Desired {
  const of = [site, facts, overrides] as const;
  if (last !== undefined && isDeepStrictEqual(last.of, of)) return last.desired;
  const desired = planAnew(site, facts, overrides);
  last = { of, desired };
  return desired;
}

function planAnew(site: SiteConfig, facts: Facts, overrides: Overrides): Desired {
  const paths = planPaths(site);
  const direct = planDirect(site, facts);
  const lan = planLan(site, facts);
  const contested = planContested(site, facts);
  const provisioner = planProvisioning(site, facts);
  const proxy = planProxy(site, facts);
  const underlays = site.wans.map((wan, index) => planUnderlay(site, index, wan, facts));
  const tunnels = paths.map((path) => planTunnel(site, path, facts));
  const devices = tunnels.flatMap((tunnel) =>
    tunnel.resources.filter((resource): resource is Vxlan => resource.kind === 'vxlan'),
  );
  const carries = new Map(
    paths.flatMap((path, index) => {
      const most = tunnels[index]?.carries;
      return most === undefined ? [] : [[path.device, most] as const];
    }),
  );
  const mtus = pathMtus(paths, carries, overrides);
  const forwarding = planForwarding(site, paths, direct.paths, narrowPaths(mtus));
  const tunnelResources = inTurn(tunnels.flatMap((tunnel) => tunnel.resources));
  return {
    site: site.site,
    tunnelMtus: carries,
    resources: [
      ...underlays.flatMap((underlay) => underlay.resources),
      // The filters first: no packet passes unfiltered.
      {
        kind: 'nftables',
        ruleset: planFirewall(
          site,
          paths,
          new Map(
            paths.flatMap(({ name, device }) => {
              const most = carries.get(device);
              return most === undefined ? [] : [[device, mtus.get(name) ?? most] as const];
            }),
          ),
          overrides,
          facts,
        ),
      },
      ...lan.links,
      // Before the addresses: it tells hosts at once of those that come while it runs.
      ...(provisioner === undefined ? [] : [provisioner]),
      ...lan.addresses,
      ...contested.routes,
      ...tunnelResources,
      ...planSysctls(
        site,
        facts,
        devices.map((device) => device.name),
      ),
      {
        kind: 'engine',
        config: planEngine(site, paths, forwarding, { ...overrides, pathMtu: mtus }),
      },
      ...mainTableRoutes(site, forwarding, facts),
      ...proxy.resources,
      // The rules last: a source is steered into a table only when that table is filled.
      ...contested.rules,
      ...planRules(site, facts),
    ],
    waiting: [
      ...lan.waiting,
      ...underlays.flatMap((underlay) => underlay.waiting),
      ...direct.waiting,
      ...tunnels.flatMap((tunnel) => tunnel.waiting),
      ...narrowWaiting(site, paths, mtus),
      ...proxy.waiting,
      ...waitingForNames(site, facts),
    ],
  };
}

/**
 * The resources of all tunnels, each kind for all before the next: what is done by one program is then
 * done by one process of it, on a hub for thousands of paths.
 */
function inTurn(resources: readonly Resource[]): readonly Resource[] {
  const phases: readonly Resource['kind'][] = ['vxlan', 'sysctl', 'forwarding-entry'];
  return [
    ...phases.flatMap((phase) => resources.filter(({ kind }) => kind === phase)),
    ...resources.filter(({ kind }) => !phases.includes(kind)),
  ];
}
