/**
 * What the kernel of a gateway must know so that the proxy's connections use every WAN: one address
 * per WAN, which is the gateway's own in the WAN's subnet, so the rules of that subnet carry it and
 * Fast Recovery moves it, like any host's (paper section III-C).
 *
 * Always holds: only while the site has a proxy; at most as many addresses as the kernel takes.
 */
import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Address, Family } from '../net/address.ts';
import type { Facts } from './facts.ts';
import { ENDPOINT_IDS } from './ids.ts';
import type { MptcpEndpoint, Resource, Sysctl } from './resource.ts';

/** The kernel's own maximum of subflows; see `MAX_WANS`. */
const LIMITS = { subflows: 8, announcements: 8 } as const;

/**
 * Bytes. Less than a host has at first (docs/hosts.md): there are thousands of connections, and each could
 * hold that much for a host that does not read.
 */
const TCP_RECEIVE = { least: 4096, first: 2 * 1024 ** 2 };

/** More than a burst from a whole office; each takes 300 octets while it lasts. */
const HANDSHAKES = '16384';

/** Those of the switches below that only some kernels have. */
export const OPTIONAL_SWITCHES: readonly (readonly string[])[] = [
  ['net', 'ipv4', 'tcp_rto_min_us'],
  ['net', 'mptcp', 'stale_loss_cnt'],
  ['net', 'mptcp', 'blackhole_timeout'],
];

export function planProxyEndpoints(site: SiteConfig, facts: Facts): readonly Resource[] {
  const endpoints = proxyEndpoints(site);
  return [
    ...profile(site).filter(
      ({ key }) =>
        !OPTIONAL_SWITCHES.some((optional) => optional.join('/') === key.join('/')) ||
        facts.switches.has(key.join('/')),
    ),
    { kind: 'mptcp-limits', ...LIMITS },
    ...(endpoints.length === 0 ? [] : [{ kind: 'mptcp-endpoints' as const, endpoints }]),
  ];
}

/** IPv4 first, since the leg between two proxies has one family, whatever it carries. */
export function proxyEndpoints(site: SiteConfig): readonly MptcpEndpoint[] {
  const called = site.peers.flatMap((peer) => peer.proxy ?? []);
  const order: readonly Family[] =
    called.length > 0 && called.every((each) => familyOf(each) === 'ipv6')
      ? ['ipv6', 'ipv4']
      : ['ipv4', 'ipv6'];
  return (
    order
      .flatMap((family) => site.wans.flatMap((wan) => firstOf(wan.subnets, family)))
      // MPTCP_PM_ADDR_MAX: of both families together.
      .slice(0, ENDPOINT_IDS.last - ENDPOINT_IDS.first + 1)
      .map((address, index) => ({
        address,
        id: ENDPOINT_IDS.first + index,
        // `signal`, since a peer's proxy that calls us has but one address of ours.
        flags: ['signal', 'subflow'],
      }))
  );
}

function firstOf(
  subnets: SiteConfig['wans'][number]['subnets'],
  family: Family,
): readonly Address[] {
  const gateway = subnets.find((subnet) => familyOf(subnet.gateway) === family)?.gateway;
  return gateway === undefined ? [] : [gateway];
}

/** What docs/hosts.md has a host set: here the gateway itself is one. */
function profile({ host }: SiteConfig): readonly Sysctl[] {
  const { receiveBuffer, sendBuffer, notsentLowat } = host;
  const first = Math.min(TCP_RECEIVE.first, receiveBuffer);
  return [
    tcp('tcp_rmem', `${TCP_RECEIVE.least}\t${first}\t${receiveBuffer}`),
    tcp('tcp_wmem', `${sendBuffer}\t16384\t${sendBuffer}`),
    tcp('tcp_notsent_lowat', String(notsentLowat)),
    tcp('tcp_rto_min_us', String(host.rtoMin * 1000)),
    tcp('tcp_frto', '0'),
    // The last segment of a handshake that was answered by a cookie finds no socket to end at.
    tcp('tcp_syncookies', '0'),
    // Without cookies, handshakes beyond three quarters of this many at once are dropped.
    tcp('tcp_max_syn_backlog', HANDSHAKES),
    // All connections of a branch call the twin from one address. Without this a port of it rests for a
    // minute after each; when few are left, to find one takes the processor, then there is none.
    tcp('tcp_tw_reuse', '1'),
    mptcp('stale_loss_cnt', String(host.staleLossCount)),
    mptcp('blackhole_timeout', String(host.blackholeTimeout / 1000)),
  ];
}

function tcp(name: string, value: string): Sysctl {
  return { kind: 'sysctl', key: ['net', 'ipv4', name], value };
}

function mptcp(name: string, value: string): Sysctl {
  return { kind: 'sysctl', key: ['net', 'mptcp', name], value };
}
