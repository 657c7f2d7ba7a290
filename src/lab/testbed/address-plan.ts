/**
 * Who has which address in a testbed: a branch and a hub with up to eight lines between them.
 *
 * Always holds: pure, and the same for all mechanisms; lines are counted from 0, and a line's subnet,
 * underlay and VNI follow from its number alone.
 */
import type { Family } from '../../net/address.ts';
import { tunnelAddress, tunnelName, tunnelSide } from '../../plan/ids.ts';

export const SITES = ['branch', 'hub'] as const;
export type Site = (typeof SITES)[number];

/** The gateways' interface to their hosts. */
export const LAN = 'lan0';

/** As in the defaults of a site file; written into the files, so that it cannot be another. */
export const FIRST_VNI = 100;

export const HUB_PREFIX: Readonly<Record<Family, string>> = {
  ipv4: '10.20.0.0/16',
  ipv6: 'fd20::/64',
};

/** The hub's own address on its LAN. */
export const HUB_ADDRESS: Readonly<Record<Family, string>> = { ipv4: '10.20.0.1', ipv6: 'fd20::1' };

export function lineName(line: number): string {
  return `line${line + 1}`;
}

export function wanInterface(line: number): string {
  return `wan${line}`;
}

export function otherSite(site: Site): Site {
  return site === 'branch' ? 'hub' : 'branch';
}

/** Of the branch's LAN: what belongs to a line. */
export function subnetOf(line: number, family: Family): string {
  return family === 'ipv4' ? `10.10.${line + 1}.0/24` : `fd10:${line + 1}::/64`;
}

/** The branch's own address in the subnet of a line. */
export function branchAddress(line: number, family: Family): string {
  return family === 'ipv4' ? `10.10.${line + 1}.1` : `fd10:${line + 1}::1`;
}

/** The lab gives the first that are free after the gateway's; clients are counted from 0. */
export function clientAddress(client: number, line: number, family: Family): string {
  return family === 'ipv4'
    ? `10.10.${line + 1}.${client + 2}`
    : `fd10:${line + 1}::${(client + 2).toString(16)}`;
}

export function serverAddress(server: number, family: Family): string {
  return family === 'ipv4' ? `10.20.0.${server + 2}` : `fd20::${(server + 2).toString(16)}`;
}

/** `client` when there is one, else `client1`, `client2`, …, as the lab counts hosts. */
export function hostNames(kind: 'client' | 'server', count: number): readonly string[] {
  if (count === 1) return [kind];
  return Array.from({ length: count }, (_, index) => `${kind}${index + 1}`);
}

export interface Underlay {
  readonly address: string;
  readonly length: number;
  readonly nexthop: string;
}

/** A site's end of a line, outside of all tunnels. */
export function underlayOf(line: number, site: Site, family: Family): Underlay {
  if (family === 'ipv6') {
    const network = `2001:db8:${line + 1}:${site === 'branch' ? 1 : 2}:`;
    return { address: `${network}:2`, length: 64, nexthop: `${network}:1` };
  }
  const first = site === 'branch' ? 0 : 128;
  const network = `198.18.${line + 1}`;
  return { address: `${network}.${first + 2}`, length: 30, nexthop: `${network}.${first + 1}` };
}

/** The device of a line's tunnel, and the other end's address on it. */
export function tunnelOf(
  line: number,
  site: Site,
): { readonly device: string; readonly peer: string } {
  const other = otherSite(site);
  const vni = FIRST_VNI + line;
  return { device: tunnelName(vni), peer: tunnelAddress(vni, tunnelSide(other, site)) };
}
