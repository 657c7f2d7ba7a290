/**
 * The commands that make one access of a line, and pull and plug its cable. Pure.
 *
 * Always holds: whoever is in the gateway's subnet on this line is reached by way of the core, and
 * the access answers for them (proxy ARP, RFC 1027, and its like for IPv6); the gateway sees one
 * Ethernet, as it would with its provider.
 */
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { addNetem } from '../link/netem.ts';
import type { ImpairmentKind } from '../link/netem.ts';
import { addShaper } from '../link/shaping.ts';
import { buildLine } from '../link/wire.ts';
import type { Line } from '../link/wire.ts';
import { markNamespaces } from '../namespace.ts';
import type { AccessRouting, Attachment } from '../plan.ts';
import { buildLineMiddlebox } from './line-middlebox.ts';

/** As wire.ts calls its ends; between access and core there are only link-local addresses. */
const GATEWAY_SIDE = 'gw';
const CORE_SIDE = 'core';
const ACCESS_ADDRESS = 'fe80::1';
const CORE_ADDRESS = 'fe80::2';

/** Of the default route that a lab lends; the place of the line makes it differ between WANs. */
const LENT_METRIC = 1000;

export function buildAccess(
  lab: string,
  attachment: Attachment,
  place: number,
  kind: ImpairmentKind,
): Command[] {
  const { access, routing, middlebox } = attachment;
  const own = [...routing.near, ...routing.subnets];
  const nat = middlebox?.nat ?? null;
  return [
    ...markNamespaces(lab, buildLine(access, kind)),
    ...attach(access, routing, place),
    ...(nat === null ? own : [nat, ...own.filter(isIpv6)]).map((prefix) =>
      route(access.core.namespace, prefix, ACCESS_ADDRESS, access.core.interface),
    ),
    // After the host routes of the gateway, which are more exact than any subnet.
    ...routing.far.map((address) => route(access.namespace, address, CORE_ADDRESS, CORE_SIDE)),
    ...(middlebox === null ? [] : buildLineMiddlebox(access, middlebox)),
  ];
}

/** Pulls the gateway's cable out and throws it away: its interface vanishes. */
export function unplug({ access }: Attachment): Command[] {
  return [ip(access.namespace, 'link', 'delete', GATEWAY_SIDE)];
}

/** A new cable, as {@link buildAccess} made the first one. */
export function replug(
  { access, routing }: Attachment,
  place: number,
  kind: ImpairmentKind,
): Command[] {
  const { namespace, gateway, link } = access;
  const mtu = String(link.mtu);
  return [
    ip(
      namespace,
      ...['link', 'add', 'name', GATEWAY_SIDE, 'mtu', mtu, 'type', 'veth'],
      ...['peer', 'name', gateway.interface, 'mtu', mtu, 'netns', gateway.namespace],
    ),
    ip(namespace, 'link', 'set', GATEWAY_SIDE, 'up'),
    ip(gateway.namespace, 'link', 'set', gateway.interface, 'up'),
    ...(kind === 'netem' ? addNetem(namespace, GATEWAY_SIDE, link.down) : []),
    ...addShaper(namespace, GATEWAY_SIDE, link.down, kind === 'netem' ? 'netem' : 'root'),
    ...attach(access, routing, place),
  ];
}

/** All that hangs on the cable and goes with it. */
function attach({ namespace, gateway }: Line, routing: AccessRouting, place: number): Command[] {
  return [
    ...(routing.far.length === 0
      ? []
      : [
          inNamespace(namespace, [
            ...['sysctl', '-qw'],
            ...['net.ipv4.conf.gw.proxy_arp=1', 'net.ipv6.conf.gw.proxy_ndp=1'],
            // Unlike a real proxy nobody else could answer, so there is nothing to wait for.
            ...['net.ipv4.neigh.gw.proxy_delay=0', 'net.ipv6.neigh.gw.proxy_delay=0'],
          ]),
        ]),
    ...routing.own.map((address) =>
      ip(
        namespace,
        ...['address', 'add', address, 'dev', GATEWAY_SIDE],
        ...(isIpv6(address) ? ['nodad'] : []),
      ),
    ),
    ...routing.near.map((address) =>
      ip(namespace, 'route', 'replace', address, 'dev', GATEWAY_SIDE),
    ),
    ...routing.far
      .filter(isIpv6)
      .map((address) => ip(namespace, 'neigh', 'replace', 'proxy', address, 'dev', GATEWAY_SIDE)),
    ...routing.lent.flatMap(({ address, nexthop }) => [
      ip(
        gateway.namespace,
        ...['address', 'replace', address, 'dev', gateway.interface],
        ...(isIpv6(address) ? ['nodad'] : []),
      ),
      ...(nexthop === null
        ? []
        : [
            ip(
              gateway.namespace,
              ...['route', 'replace', 'default', 'via', nexthop, 'dev', gateway.interface],
              ...['onlink', 'metric', String(LENT_METRIC + place)],
            ),
          ]),
    ]),
  ];
}

function route(namespace: string, prefix: string, via: string, device: string): Command {
  const next = prefix.includes(':') ? ['via', via] : ['via', 'inet6', via];
  return ip(namespace, 'route', 'replace', prefix, ...next, 'dev', device);
}

function ip(namespace: string, ...argv: string[]): Command {
  return { argv: ['ip', '-n', namespace, ...argv] };
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}
