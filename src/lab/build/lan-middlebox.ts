/**
 * The commands that make a middlebox between hosts and the gateway: a router with connection
 * tracking and, for a NAT, addresses of its own on both sides. Pure.
 *
 * Always holds: hosts and gateway are configured as without it; a firewall answers for each side on
 * the other (proxy ARP, RFC 1027), so it is on the wire and in no address plan.
 */
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { makeNamespace } from '../namespace.ts';
import { INSIDE, OUTSIDE } from '../names.ts';
import type { LanMiddlebox } from '../plan.ts';
import { loadTable, sourceNat, statefulFilter } from './line-middlebox.ts';

export function buildLanMiddlebox(lab: string, { namespace }: LanMiddlebox): Command[] {
  return [
    makeNamespace(lab, namespace),
    inNamespace(namespace, [
      ...['sysctl', '-qw', 'net.ipv4.ip_forward=1'],
      ...['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'],
      ...['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'],
    ]),
  ];
}

/** After its cables are there. */
export function configureLanMiddlebox(box: LanMiddlebox): Command[] {
  const { namespace, router, outside, inside, translates } = box;
  return [
    ...outside.map((address) => ip(namespace, 'address', 'add', address, 'dev', OUTSIDE)),
    ...inside.map((address) => ip(namespace, 'address', 'add', address, 'dev', INSIDE)),
    ip(namespace, 'route', 'add', 'default', 'via', router, 'dev', OUTSIDE),
    ...(translates.length > 0 ? [] : answering(box)),
    ...loadTable(namespace, [
      ...statefulFilter(INSIDE),
      ...(translates.length === 0 ? [] : sourceNat(translates, OUTSIDE)),
    ]),
  ];
}

/** Without addresses of its own inside it knows where its hosts are, and stands in for either side. */
function answering({ namespace, hosts }: LanMiddlebox): Command[] {
  const settings = [INSIDE, OUTSIDE].flatMap((side) => [
    `net.ipv4.conf.${side}.proxy_arp=1`,
    // Nobody else could answer, so there is nothing to wait for.
    `net.ipv4.neigh.${side}.proxy_delay=0`,
  ]);
  return [
    ...hosts.map((host) => ip(namespace, 'route', 'add', host, 'dev', INSIDE)),
    inNamespace(namespace, ['sysctl', '-qw', ...settings]),
  ];
}

function ip(namespace: string, ...argv: string[]): Command {
  return { argv: ['ip', '-n', namespace, ...argv] };
}
