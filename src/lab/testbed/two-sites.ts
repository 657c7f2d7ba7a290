/**
 * A branch and a hub with any number of lines between them, as the text of two site files and a
 * topology file, since a lab is made from the same files as production.
 *
 * Always holds: pure. What is not asked for is as in production, except damping: twenty cuts in a row
 * are not a flapping line.
 */
import type { Family } from '../../net/address.ts';
import type { Milliseconds } from '../../net/duration.ts';
import type { HostSettings, TestbedLine } from '../mechanism/mechanism.ts';
import {
  branchAddress,
  clientAddress,
  FIRST_VNI,
  hostNames,
  HUB_ADDRESS,
  HUB_PREFIX,
  LAN,
  lineName,
  otherSite,
  subnetOf,
  underlayOf,
  wanInterface,
} from './address-plan.ts';
import type { Site } from './address-plan.ts';

export interface TwoSites {
  /** The lab's name. */
  readonly lab: string;
  /** 1 … 8. */
  readonly lines: readonly TestbedLine[];
  readonly family: Family;
  /** Between two packets of BFD; a line counts as dead after three. */
  readonly interval: Milliseconds;
  /** Hosts of the branch, and of the hub; default 1. */
  readonly clients?: number;
  readonly servers?: number;
  /** Clients have an address in the first line's subnet and in no other. */
  readonly oneAddress?: boolean;
  /** Default: on. */
  readonly fastRecovery?: boolean;
  readonly host?: Partial<Pick<HostSettings, 'rtoMin' | 'staleLossCount'>>;
  /** The first line's IPv4 subnet, where it must be wide. */
  readonly firstSubnet?: string;
  /** Hosts of the branch beside the clients, as topology lines; their addresses are handed out. */
  readonly hosts?: readonly string[];
  /** How the branch hands out IPv6 addresses; SLAAC where nothing is said. */
  readonly ipv6?: 'slaac' | 'dhcp';
  /** A prefix that the client answers for as a whole: so many hosts. */
  readonly owns?: string;
  /** Both gateways have an MPTCP proxy, and know of each other's. */
  readonly proxy?: boolean;
}

export interface SiteFiles {
  readonly branch: string;
  readonly hub: string;
  readonly topology: string;
}

export function siteFiles(sites: TwoSites): SiteFiles {
  return { branch: branch(sites), hub: hub(sites), topology: topology(sites) };
}

/** Lines of so many Mb/s each, alike but for that. */
export function linesOf(rates: readonly number[], rtt: Milliseconds): readonly TestbedLine[] {
  return rates.map((rate) => ({ rate, rtt }));
}

function branch(sites: TwoSites): string {
  return document([
    'site: branch',
    `lan: ${LAN}`,
    'wans:',
    ...sites.lines.map((line, index) =>
      wan(sites, line, index, 'branch', `, subnet: '${subnet(sites, index)}'`),
    ),
    'peers:',
    '  - name: hub',
    `    prefix: '${HUB_PREFIX[sites.family]}'`,
    `    vni: ${FIRST_VNI}`,
    ...(sites.proxy === true ? [`    proxy: '${HUB_ADDRESS[sites.family]}'`] : []),
    '    paths:',
    ...sites.lines.map((_, index) => path(sites, index, 'branch', '')),
    ...(sites.hosts === undefined ? [] : [`provision: { ipv6: ${sites.ipv6 ?? 'slaac'} }`]),
    ...common(sites),
  ]);
}

function hub(sites: TwoSites): string {
  const length = HUB_PREFIX[sites.family].split('/')[1] ?? '';
  return document([
    'site: hub',
    `lan: { interface: ${LAN}, addresses: ['${HUB_ADDRESS[sites.family]}/${length}'] }`,
    'wans:',
    ...sites.lines.map((line, index) => wan(sites, line, index, 'hub', '')),
    'peers:',
    '  - name: branch',
    `    vni: ${FIRST_VNI}`,
    ...(sites.proxy === true ? [`    proxy: '${branchAddress(0, sites.family)}'`] : []),
    '    paths:',
    ...sites.lines.map((_, index) =>
      path(sites, index, 'hub', `, subnet: '${subnet(sites, index)}'`),
    ),
    ...common(sites),
  ]);
}

function subnet({ firstSubnet, family }: TwoSites, index: number): string {
  if (firstSubnet === undefined) return subnetOf(index, family);
  return index === 0 ? firstSubnet : `10.${10 + index}.0.0/17`;
}

function wan(
  { family }: TwoSites,
  { rate }: TestbedLine,
  index: number,
  site: Site,
  more: string,
): string {
  const { address, length, nexthop } = underlayOf(index, site, family);
  return (
    `  - { name: ${lineName(index)}, interface: ${wanInterface(index)}, ` +
    `address: '${address}/${length}', nexthop: '${nexthop}', capacity: ${rate}mbit${more} }`
  );
}

function path({ family }: TwoSites, index: number, site: Site, more: string): string {
  const remote = underlayOf(index, otherSite(site), family).address;
  return `      - { wan: ${lineName(index)}, remote: '${remote}'${more} }`;
}

function common({ interval, fastRecovery = true, proxy, host = {} }: TwoSites): readonly string[] {
  const settings = [
    ...(host.rtoMin === undefined ? [] : [`rto-min: ${host.rtoMin}ms`]),
    ...(host.staleLossCount === undefined ? [] : [`stale-loss-count: ${host.staleLossCount}`]),
  ];
  return [
    `detection: { interval: ${interval}ms, multiplier: 3 }`,
    `recovery: { fast: ${fastRecovery ? 'on' : 'off'}, damping: off }`,
    ...(proxy === true ? ['proxy: on'] : []),
    ...(settings.length === 0 ? [] : [`host: { ${settings.join(', ')} }`]),
  ];
}

function topology(sites: TwoSites): string {
  return document([
    `lab: ${sites.lab}`,
    'sites: { branch: branch.yaml, hub: hub.yaml }',
    'hosts:',
    ...clients(sites),
    ...(sites.hosts ?? []).map((host) => `  ${host}`),
    ...hostNames('server', sites.servers ?? 1).map((name) => `  ${name}: { site: hub }`),
    'wans:',
    ...sites.lines.map(topologyLine),
  ]);
}

/** Static: a testbed is made hundreds of times, and no DHCP is compared. */
function clients({ clients: count = 1, oneAddress, owns, family }: TwoSites): readonly string[] {
  const more = owns === undefined ? '' : `, owns: ['${owns}']`;
  const length = subnetOf(0, family).split('/')[1] ?? '';
  return hostNames('client', count).map((name, index) => {
    const address =
      oneAddress === true ? `, address: '${clientAddress(index, 0, family)}/${length}'` : '';
    return `  ${name}: { site: branch, client: static${address}${more} }`;
  });
}

function topologyLine({ rate, rtt, loss, buffer }: TestbedLine, index: number): string {
  const name = lineName(index);
  const values = [
    `connects: [branch.${name}, hub.${name}]`,
    `rate: ${rate}mbit`,
    ...(rtt === 0 ? [] : [`rtt: ${rtt}ms`]),
    ...(loss === undefined || loss === 0 ? [] : [`loss: ${loss}%`]),
    ...(buffer === undefined ? [] : [`buffer: ${buffer}ms`]),
  ];
  return `  ${name}: { ${values.join(', ')} }`;
}

function document(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
