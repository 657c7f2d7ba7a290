/**
 * What a provider puts between a gateway and the rest of its line: a stateful firewall, a NAT, a
 * stretch with a smaller MTU. Pure. It stands in the access, which is the gateway's next hop.
 *
 * Always holds: the gateway's own interface shows nothing of it; what is not known to the connection
 * tracking of the access does not get in.
 */
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import type { Line } from '../link/wire.ts';
import type { LineMiddlebox } from '../plan.ts';

/** As wire.ts calls the access's ends. */
const GATEWAY_SIDE = 'gw';
const CORE_SIDE = 'core';

/** After the access is built. */
export function buildLineMiddlebox({ namespace, core }: Line, box: LineMiddlebox): Command[] {
  const { firewall, nat, pathMtu, swallowsIcmp } = box;
  const rules = [
    ...(firewall || nat !== null ? statefulFilter(GATEWAY_SIDE) : []),
    ...(nat === null ? [] : sourceNat([{ from: undefined, to: nat }], CORE_SIDE)),
    ...(swallowsIcmp ? SILENT : []),
  ];
  return [
    ...(rules.length === 0 ? [] : loadTable(namespace, rules)),
    // What nobody inside has asked for would go back to the core and come again.
    ...(nat === null ? [] : [ip(namespace, 'route', 'add', 'blackhole', nat)]),
    ...(pathMtu === null
      ? []
      : [
          ip(namespace, 'link', 'set', CORE_SIDE, 'mtu', String(pathMtu)),
          ip(core.namespace, 'link', 'set', core.interface, 'mtu', String(pathMtu)),
        ]),
  ];
}

/** A connection is opened from inside; TCP segments of none are dropped, also those that look old. */
export function statefulFilter(inside: string): readonly string[] {
  return [
    '  chain forward {',
    '    type filter hook forward priority 10; policy drop;',
    '    ct state established,related accept',
    `    iifname "${inside}" ct state new accept`,
    '    counter',
    '  }',
  ];
}

/** @param rules `from` undefined: all sources. */
export function sourceNat(
  rules: readonly { readonly from: string | undefined; readonly to: string }[],
  outside: string,
): readonly string[] {
  return [
    '  chain postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    ...rules.map(({ from, to }) => {
      const source = from === undefined ? 'meta nfproto ipv4' : `ip saddr ${from}`;
      return `    oifname "${outside}" ${source} snat ip to ${to}`;
    }),
    '  }',
  ];
}

/** Nobody is told that a packet was too large. */
const SILENT = [
  '  chain output {',
  '    type filter hook output priority 0; policy accept;',
  '    icmp type destination-unreachable counter drop',
  '    icmpv6 type packet-too-big counter drop',
  '  }',
];

export function loadTable(namespace: string, rules: readonly string[]): Command[] {
  const table = ['table inet wamptcp_lab_middlebox {', ...rules, '}', ''].join('\n');
  return [
    inNamespace(namespace, ['nft', '-f', '-'], table),
    // Else it would take up a connection in the middle (nf_conntrack-sysctl.rst). It is there only
    // when something tracks.
    ...(rules.some((rule) => rule.includes('ct state'))
      ? [inNamespace(namespace, ['sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0'])]
      : []),
  ];
}

function ip(namespace: string, ...argv: string[]): Command {
  return { argv: ['ip', '-n', namespace, ...argv] };
}
