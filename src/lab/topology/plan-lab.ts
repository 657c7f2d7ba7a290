/**
 * A topology and the sites it names → the lab in full, or everything that does not fit. Pure.
 */
import type { Reporter } from '../../config/source.ts';
import type { SiteConfig } from '../../config/site.ts';
import type { InterfaceAddress } from '../../net/address.ts';
import { INSIDE, nodeNamespace, OUTSIDE, switchNamespace } from '../names.ts';
import type { LabPlan, LanSwitch } from '../plan.ts';
import { hostNames, HostPlanner } from './plan-hosts.ts';
import type { PlacedHost } from './plan-hosts.ts';
import { planLines } from './plan-lines.ts';
import { placeMiddleboxes, planMiddlebox } from './plan-middleboxes.ts';
import type { PlacedMiddlebox } from './plan-middleboxes.ts';
import type { Topology } from './topology.ts';

export interface LabSource {
  /** The lab's name, if not the file's. */
  readonly name?: string;
  /** Absolute path of the topology file. */
  readonly path: string;
  /** By name in the topology; those that could not be read are missing. */
  readonly sites: ReadonlyMap<string, SiteConfig>;
  /** Absolute paths of the site files, by name in the topology. */
  readonly files: ReadonlyMap<string, string>;
}

/** Usable only if `report` has not failed. */
export function planLab(topology: Topology, source: LabSource, report: Reporter): LabPlan {
  const { sites } = source;
  const name = source.name ?? topology.lab.value;
  checkNames(topology, report);
  const known = new Set(topology.sites.map((site) => site.name.value));
  for (const { site } of [...topology.hosts, ...topology.middleboxes]) {
    if (known.has(site.value)) continue;
    report.error(site.span, `there is no site \`${site.value}\``, `add it to \`sites\``);
  }
  const planner = new HostPlanner(name, report);
  const boxes = placeMiddleboxes(
    topology.middleboxes,
    sites,
    (site, subnet) => planner.take(site, subnet),
    report,
  );
  const hosts = planner.plan(topology.hosts, sites, boxes);
  const lines = planLines(name, topology.lines, { sites, named: known }, report);
  checkConnected(topology, sites, report);
  return {
    name,
    topology: source.path,
    gateways: [...sites].map(([site, { peers }]) => ({
      name: site,
      namespace: nodeNamespace(name, site),
      file: source.files.get(site) ?? '',
      paths: peers.flatMap((peer) => peer.paths.map((path) => path.name)),
    })),
    hosts,
    middleboxes: boxes.map((box) => planMiddlebox(name, box, addressesBehind(box, hosts))),
    switches: [
      ...[...sites.values()].flatMap((site) => switchesOf(name, site, hosts, boxes)),
      ...boxes.map((box) => switchBehind(name, box, hosts)),
    ],
    servers: topology.servers.map((server) => ({
      name: server.name.value,
      namespace: nodeNamespace(name, server.name.value),
      addresses: server.addresses.map(({ value }) => value),
    })),
    lines,
  };
}

function checkNames(topology: Topology, report: Reporter): void {
  const seen = new Set(topology.sites.map((site) => site.name.value));
  const nodes = [
    ...topology.hosts.flatMap((host) =>
      hostNames(host).map((name) => ({ name, span: host.name.span })),
    ),
    ...[...topology.middleboxes, ...topology.servers].map(({ name }) => ({
      name: name.value,
      span: name.span,
    })),
  ];
  for (const { name, span } of nodes) {
    if (seen.has(name)) report.error(span, `there are two nodes \`${name}\``, 'rename one of them');
    seen.add(name);
  }
}

function checkConnected(
  topology: Topology,
  sites: ReadonlyMap<string, SiteConfig>,
  report: Reporter,
): void {
  for (const { name } of topology.sites) {
    for (const wan of sites.get(name.value)?.wans ?? []) {
      const connected = topology.lines.some((line) =>
        line.connects.some(({ value }) => value.site === name.value && value.wan === wan.name),
      );
      if (connected) continue;
      report.error(
        name.span,
        `WAN \`${wan.name}\` of site \`${name.value}\` is on no line`,
        `add \`${name.value}.${wan.name}\` to the \`connects\` of a line in \`wans\``,
      );
    }
  }
}

/** A switch for every LAN of a site, also where no host is: the gateway needs its interface. */
function switchesOf(
  lab: string,
  site: SiteConfig,
  hosts: readonly PlacedHost[],
  boxes: readonly PlacedMiddlebox[],
): LanSwitch[] {
  return site.lan.interfaces.map((lan) => ({
    namespace: switchNamespace(lab, site.site, lan),
    ports: [
      { namespace: nodeNamespace(lab, site.site), interface: lan },
      ...hosts
        .filter((host) => host.site === site.site && host.lan === lan && host.behind === null)
        .map(({ namespace }) => ({ namespace, interface: 'eth0' })),
      ...boxes
        .filter((box) => box.site === site && box.lan === lan)
        .map((box) => ({ namespace: nodeNamespace(lab, box.name), interface: OUTSIDE })),
    ],
  }));
}

/** The hosts' side of a middlebox. */
function switchBehind(
  lab: string,
  { name }: PlacedMiddlebox,
  hosts: readonly PlacedHost[],
): LanSwitch {
  return {
    namespace: switchNamespace(lab, name, INSIDE),
    ports: [
      { namespace: nodeNamespace(lab, name), interface: INSIDE },
      ...hosts
        .filter(({ behind }) => behind === name)
        .map(({ namespace }) => ({ namespace, interface: 'eth0' })),
    ],
  };
}

function addressesBehind(
  { name }: PlacedMiddlebox,
  hosts: readonly PlacedHost[],
): InterfaceAddress[] {
  return hosts.filter(({ behind }) => behind === name).flatMap(({ addresses }) => addresses);
}
