/**
 * Writes a branch and a hub with any number of lines between them, as files, since a lab is made
 * from the same files as production.
 *
 * Always holds: a directory of its own under the system's temporary directory, removed by `remove`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TwoSites {
  /** The lab's name, where two are compared. Default: bench. */
  readonly lab?: string;
  /** Mb/s of each line. */
  readonly rates: readonly number[];
  /** Milliseconds; 0: as a cable. */
  readonly rtt: number;
  readonly family: 'ipv4' | 'ipv6';
  /** Milliseconds. */
  readonly interval: number;
  /** Default 20 ms. */
  readonly rtoMin?: number;
  /** The first WAN's subnet, where it must be wide. */
  readonly firstSubnet?: string;
  /** Hosts of the branch beside the client, as topology lines; their addresses are handed out. */
  readonly hosts?: readonly string[];
  /** How the branch hands out IPv6 addresses; SLAAC where nothing is said. */
  readonly ipv6?: 'slaac' | 'dhcp';
  /** A prefix that the client answers for as a whole: so many hosts. */
  readonly owns?: string;
  /** Both gateways have an MPTCP proxy, and know of each other's. */
  readonly proxy?: boolean;
}

export interface WrittenSites {
  readonly topology: string;
  readonly server: string;
  /** The client's address → the line that carries it. */
  readonly lineOf: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

export async function writeSites(sites: TwoSites): Promise<WrittenSites> {
  const directory = await mkdtemp(join(tmpdir(), 'wamptcp-bench-'));
  const topology = join(directory, 'topology.yaml');
  await writeFile(join(directory, 'branch.yaml'), branch(sites));
  await writeFile(join(directory, 'hub.yaml'), hub(sites));
  await writeFile(topology, lines(sites));
  return {
    topology,
    server: SERVER[sites.family],
    lineOf: new Map(sites.rates.map((_, index) => [clientAddress(sites, index), lineName(index)])),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

const SERVER = { ipv4: '10.20.0.2', ipv6: 'fd20::2' };

/** The hub's own address on its LAN. */
const HUB = { ipv4: '10.20.0.1', ipv6: 'fd20::1' };

export function lineName(index: number): string {
  return `line${index + 1}`;
}

function subnet(sites: TwoSites, index: number): string {
  if (sites.firstSubnet !== undefined)
    return index === 0 ? sites.firstSubnet : `10.${10 + index}.0.0/17`;
  return sites.family === 'ipv4' ? `10.10.${index + 1}.0/24` : `fd10:${index + 1}::/64`;
}

/** The first that is free after the gateway's. */
function clientAddress(sites: TwoSites, index: number): string {
  return sites.family === 'ipv4' ? `10.10.${index + 1}.2` : `fd10:${index + 1}::2`;
}

/** The branch's own: the first. */
function gatewayAddress(sites: TwoSites, index: number): string {
  return sites.family === 'ipv4' ? `10.10.${index + 1}.1` : `fd10:${index + 1}::1`;
}

/** IPv6 sites have IPv6 outside as well. */
function underlay(sites: TwoSites, index: number, end: 'branch' | 'hub'): Underlay {
  const side = end === 'branch' ? 1 : 2;
  if (sites.family === 'ipv6') {
    const network = `2001:db8:${index + 1}:${side}:`;
    return { address: `${network}:2`, length: 64, nexthop: `${network}:1` };
  }
  const first = end === 'branch' ? 0 : 128;
  const network = `198.18.${index + 1}`;
  return { address: `${network}.${first + 2}`, length: 30, nexthop: `${network}.${first + 1}` };
}

interface Underlay {
  readonly address: string;
  readonly length: number;
  readonly nexthop: string;
}

function wan(sites: TwoSites, index: number, end: 'branch' | 'hub', more: string): string {
  const { address, length, nexthop } = underlay(sites, index, end);
  const rate = sites.rates[index] ?? 0;
  return (
    `  - { name: ${lineName(index)}, interface: wan${index}, address: '${address}/${length}', ` +
    `nexthop: '${nexthop}', capacity: ${rate}mbit${more} }`
  );
}

function branch(sites: TwoSites): string {
  return [
    'site: branch',
    'lan: lan0',
    'wans:',
    ...sites.rates.map((_, index) =>
      wan(sites, index, 'branch', `, subnet: '${subnet(sites, index)}'`),
    ),
    'peers:',
    '  - name: hub',
    `    prefix: '${sites.family === 'ipv4' ? '10.20.0.0/16' : 'fd20::/64'}'`,
    ...(sites.proxy === true ? [`    proxy: '${HUB[sites.family]}'`] : []),
    '    paths:',
    ...sites.rates.map(
      (_, index) =>
        `      - { wan: ${lineName(index)}, remote: '${underlay(sites, index, 'hub').address}' }`,
    ),
    ...(sites.hosts === undefined ? [] : [`provision: { ipv6: ${sites.ipv6 ?? 'slaac'} }`]),
    ...common(sites),
  ].join('\n');
}

function hub(sites: TwoSites): string {
  return [
    'site: hub',
    `lan: { interface: lan0, addresses: ['${HUB[sites.family]}/${sites.family === 'ipv4' ? 16 : 64}'] }`,
    'wans:',
    ...sites.rates.map((_, index) => wan(sites, index, 'hub', '')),
    'peers:',
    '  - name: branch',
    ...(sites.proxy === true ? [`    proxy: '${gatewayAddress(sites, 0)}'`] : []),
    '    paths:',
    ...sites.rates.map(
      (_, index) =>
        `      - { wan: ${lineName(index)}, remote: '${underlay(sites, index, 'branch').address}', ` +
        `subnet: '${subnet(sites, index)}' }`,
    ),
    ...common(sites),
  ].join('\n');
}

function common(sites: TwoSites): readonly string[] {
  return [
    `detection: { interval: ${sites.interval}ms, multiplier: 3 }`,
    // Twenty cuts in a row are not a flapping line.
    'recovery: { damping: off }',
    ...(sites.proxy === true ? ['proxy: on'] : []),
    ...(sites.rtoMin === undefined ? [] : [`host: { rto-min: ${sites.rtoMin}ms }`]),
    '',
  ];
}

function lines(sites: TwoSites): string {
  const owns = sites.owns === undefined ? '' : `, owns: ['${sites.owns}']`;
  const rtt = sites.rtt === 0 ? '' : `, rtt: ${sites.rtt}ms`;
  return [
    `lab: ${sites.lab ?? 'bench'}`,
    'sites: { branch: branch.yaml, hub: hub.yaml }',
    'hosts:',
    `  client: { site: branch, client: static${owns} }`,
    ...(sites.hosts ?? []).map((host) => `  ${host}`),
    '  server: { site: hub }',
    'wans:',
    ...sites.rates.map(
      (rate, index) =>
        `  ${lineName(index)}: { connects: [branch.${lineName(index)}, hub.${lineName(index)}], rate: ${rate}mbit${rtt} }`,
    ),
    '',
  ].join('\n');
}
