/**
 * What a tunnel between two gateways needs, out of their site files: the ends of its one connection,
 * and on each gateway a TUN device with the rules that send the hosts' TCP into it.
 *
 * Always holds: pure; the connection itself, which the gateway begins, is in none of the rules, since
 * they look at what comes in from the LAN. They come before all of the gateway's own, and their table is
 * behind its range.
 */
import { lanAddressesOf } from '../../config/lan-addresses.ts';
import type { SiteConfig } from '../../config/site.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { familyOf } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { prefixFamily } from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { subflowAddresses } from './subflow-addresses.ts';

export const TUNNEL_DEVICE = 'site-tunnel';
export const TUNNEL_PORT = 5790;

export interface TunnelSetup {
  /** Where the hub listens: its own address on its LAN, which all paths lead to. */
  readonly listen: Address;
  readonly port: number;
  /** The branch's own addresses, of which each has a subflow. */
  readonly from: readonly Address[];
  /** What goes into the tunnel at the branch. */
  readonly toHub: readonly Prefix[];
  /** … and at the hub. */
  readonly toBranch: readonly Prefix[];
}

/** @throws WamptcpError TUNNEL_NO_WAY */
export function tunnelSetup(branch: SiteConfig, hub: SiteConfig): TunnelSetup {
  const listen = lanAddressesOf(hub).find(
    (each) => subflowAddresses(branch, familyOf(each)).length === branch.wans.length,
  );
  const [toHub, toBranch] = [behind(branch, hub.site), behind(hub, branch.site)];
  if (listen !== undefined && toHub.length > 0 && toBranch.length > 0) {
    const from = subflowAddresses(branch, familyOf(listen));
    return { listen, port: TUNNEL_PORT, from, toHub, toBranch };
  }
  throw new WamptcpError(
    'TUNNEL_NO_WAY',
    `between ${branch.site} and ${hub.site} there is nothing for a tunnel to carry, or nothing to carry it`,
    {
      advice:
        'Each must be a peer of the other, with a `subnet` per WAN at the branch and an address of that family on the LAN of the hub.',
    },
  );
}

/** Everything behind a peer, as the site file has it. */
function behind(site: SiteConfig, peer: string): readonly Prefix[] {
  return site.peers
    .filter(({ name }) => name === peer)
    .flatMap(({ prefixes, paths }) => [...prefixes, ...paths.flatMap(({ subnets }) => subnets)]);
}

/** The device, and the hosts' TCP to `destinations` into it. @param queue in packets */
export function tunnelDeviceCommands(
  namespace: string,
  site: SiteConfig,
  destinations: readonly Prefix[],
  queue: number,
): readonly Command[] {
  const table = ['dev', TUNNEL_DEVICE, 'table', String(tableOf(site))];
  const settings = ['ipv4', 'ipv6'].map((ip) => `net.${ip}.conf.${TUNNEL_DEVICE}.forwarding=1`);
  return [
    ip(namespace, 'tuntap', 'add', 'dev', TUNNEL_DEVICE, 'mode', 'tun'),
    ip(namespace, 'link', 'set', TUNNEL_DEVICE, 'up', 'txqueuelen', String(queue)),
    inNamespace(namespace, ['sysctl', '-qw', ...settings]),
    ...destinations.map((to) => ip(namespace, flag(to), 'route', 'add', to, ...table)),
    ...rules(namespace, site, destinations, 'add'),
  ];
}

/** Its routes go with the device. */
export function withoutTunnelDevice(
  namespace: string,
  site: SiteConfig,
  destinations: readonly Prefix[],
): readonly Command[] {
  return [
    ...rules(namespace, site, destinations, 'delete'),
    ip(namespace, 'link', 'delete', TUNNEL_DEVICE),
  ];
}

function rules(
  namespace: string,
  site: SiteConfig,
  destinations: readonly Prefix[],
  verb: 'add' | 'delete',
): readonly Command[] {
  const lookup = ['lookup', String(tableOf(site)), 'priority', String(site.ids.rulePriority - 100)];
  return site.lan.interfaces.flatMap((lan) =>
    destinations.map((to) =>
      ip(
        ...[namespace, flag(to), 'rule', verb],
        ...['iif', lan, 'to', to, 'ipproto', 'tcp', ...lookup],
      ),
    ),
  );
}

function tableOf(site: SiteConfig): number {
  return site.ids.table + 300;
}

function flag(prefix: Prefix): '-4' | '-6' {
  return prefixFamily(prefix) === 'ipv4' ? '-4' : '-6';
}

function ip(namespace: string, ...words: readonly string[]): Command {
  return { argv: ['ip', '-n', namespace, ...words] };
}
