/**
 * The commands that make gateways, LANs and hosts. Pure.
 *
 * Always holds: a gateway gets its interfaces and nothing else; what a gateway does with them is the
 * daemon's. A host gets what the design's kernel section advises, or, without a profile, nothing.
 */
import type { HostProfile } from '../../config/site.ts';
import { familyOf, formatInterfaceAddress } from '../../net/address.ts';
import type { Family } from '../../net/address.ts';
import { formatDuration } from '../../net/duration.ts';
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { makeNamespace } from '../namespace.ts';
import type { GatewayNode, HostNode, LanSwitch } from '../plan.ts';

/** MPTCP_PM_ADDR_MAX up to Linux 6.18: more endpoints than this are refused. */
const MAX_ENDPOINTS = 8;
/** The kernel allows 8 additional subflows. */
const MAX_SUBFLOWS = '8';

const LAN_MTU = '1500';

export function buildGateway(lab: string, { namespace }: GatewayNode): Command[] {
  return [
    makeNamespace(lab, namespace),
    // Nobody else is on these cables: an address may be used at once.
    sysctl(namespace, ['net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0']),
  ];
}

/** After the nodes it connects. */
export function buildSwitch(lab: string, { namespace, ports }: LanSwitch): Command[] {
  return [
    makeNamespace(lab, namespace),
    sysctl(namespace, ['net.ipv6.conf.default.disable_ipv6=1', 'net.ipv6.conf.all.disable_ipv6=1']),
    ip(namespace, 'link', 'add', 'name', 'bridge', 'type', 'bridge', 'mcast_snooping', '0'),
    ip(namespace, 'link', 'set', 'bridge', 'up'),
    ...ports.flatMap((port, index) => {
      const name = `port${index + 1}`;
      return [
        ip(
          namespace,
          ...['link', 'add', 'name', name, 'mtu', LAN_MTU, 'master', 'bridge', 'type', 'veth'],
          ...['peer', 'name', port.interface, 'mtu', LAN_MTU, 'netns', port.namespace],
        ),
        ip(namespace, 'link', 'set', name, 'up'),
        ip(port.namespace, 'link', 'set', port.interface, 'up'),
      ];
    }),
  ];
}

export function buildHost(lab: string, host: HostNode): Command[] {
  return [
    makeNamespace(lab, host.namespace),
    sysctl(
      host.namespace,
      host.client === 'static'
        ? // A router's advertisement adds no addresses.
          ['net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.default.accept_ra=0']
        : [`net.ipv6.conf.default.disable_ipv6=${host.family === 'ipv4' ? 1 : 0}`],
    ),
  ];
}

/** A host with a client begins with a cable that is plugged in when the client starts. */
export function unplugHost({ namespace }: HostNode): Command[] {
  return [ip(namespace, 'link', 'set', 'eth0', 'down')];
}

/** After its cable is there. `settings` are those that this kernel has, see {@link hostSettings}. */
export function configureHost(host: HostNode, settings: readonly string[]): Command[] {
  const { namespace, addresses, routers, owns, profile } = host;
  return [
    ...addresses.map((address) =>
      ip(
        namespace,
        ...['address', 'add', formatInterfaceAddress(address), 'dev', 'eth0'],
        ...(familyOf(address.address) === 'ipv6' ? ['nodad'] : []),
      ),
    ),
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => {
      const router = routers[family];
      if (router === undefined) return [];
      // Where the sysctl is missing (before Linux 6.11) the route says it.
      const rto = profile === null ? [] : ['rto_min', formatDuration(profile.rtoMin)];
      const option = family === 'ipv4' ? '-4' : '-6';
      return [
        ip(namespace, option, ...['route', 'add', 'default', 'via', router, 'dev', 'eth0', ...rto]),
      ];
    }),
    ...owns.map((prefix) => ip(namespace, 'route', 'add', 'local', prefix, 'dev', 'lo')),
    ...(settings.length === 0 ? [] : [sysctl(namespace, settings)]),
    ...(profile === null
      ? []
      : [
          ip(
            namespace,
            ...['mptcp', 'limits', 'set', 'subflow', MAX_SUBFLOWS],
            ...['add_addr_accepted', MAX_SUBFLOWS],
          ),
          ...endpoints(host),
        ]),
  ];
}

/**
 * Keys and values; whoever applies them leaves out those that the kernel does not know.
 * docs/hosts.md says why each.
 */
export function hostSettings(profile: HostProfile): Readonly<Record<string, string>> {
  return {
    'net.mptcp.enabled': '1',
    'net.mptcp.stale_loss_cnt': String(profile.staleLossCount),
    'net.mptcp.blackhole_timeout': String(Math.round(profile.blackholeTimeout / 1000)),
    'net.ipv4.tcp_rto_min_us': String(Math.round(profile.rtoMin * 1000)),
    'net.ipv4.tcp_frto': '0',
    // Not grown by and by: both must hold what the living lines carry until the dead one is repaired.
    'net.ipv4.tcp_rmem': `4096 ${profile.receiveBuffer} ${profile.receiveBuffer}`,
    // The first number is the connection's, beside the subflows' own, which begin small (docs/hosts.md).
    'net.ipv4.tcp_wmem': `${profile.sendBuffer} 16384 ${profile.sendBuffer}`,
    'net.ipv4.tcp_notsent_lowat': String(profile.notsentLowat),
  };
}

/**
 * One per address. The first is among them, since the kernel chooses by its own rules (RFC 6724 for
 * IPv6: often the last one added) from which address the connection itself begins; the endpoint of
 * that address then counts as used. Only further ones are announced. IPv4 comes first, should there
 * be more than the kernel takes.
 */
function endpoints({ namespace, addresses, endpoints: kind }: HostNode): Command[] {
  if (kind === 'off') return [];
  const of = (family: Family): string[] =>
    addresses
      .map(({ address }) => address)
      .filter((address) => familyOf(address) === family)
      .slice(kind === 'signal' ? 1 : 0);
  return [...of('ipv4'), ...of('ipv6')]
    .slice(0, MAX_ENDPOINTS)
    .map((address) =>
      ip(namespace, 'mptcp', 'endpoint', 'add', address, 'dev', 'eth0', ...endpointFlags(kind)),
    );
}

function endpointFlags(kind: 'subflow' | 'fullmesh' | 'signal'): readonly string[] {
  return kind === 'fullmesh' ? ['subflow', 'fullmesh'] : [kind];
}

function ip(namespace: string, ...argv: string[]): Command {
  return { argv: ['ip', '-n', namespace, ...argv] };
}

function sysctl(namespace: string, settings: readonly string[]): Command {
  return inNamespace(namespace, ['sysctl', '-qw', ...settings]);
}
