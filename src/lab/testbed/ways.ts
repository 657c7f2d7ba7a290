/**
 * The ways from one gateway to the other, as next hops of the kernel with numbers of their own, and
 * routes that lead over them before the gateway's own rules are asked.
 *
 * Always holds: pure. Numbers are below those of wamptcp (5000 …), so its rules come later and it
 * leaves these alone. The group is a resilient one: when a way dies only its flows move, as in an
 * OpenFlow select group; without an idle time, flows move back as soon as it lives again.
 */
import type { Family } from '../../net/address.ts';
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import type { TestbedOptions } from '../mechanism/mechanism.ts';
import { HUB_PREFIX, LAN, subnetOf, tunnelOf, underlayOf, wanInterface } from './address-plan.ts';
import type { Site } from './address-plan.ts';

export interface Way {
  /** Of the line, from 0. */
  readonly line: number;
  readonly device: string;
  readonly via: string;
}

export interface WayOptions extends Pick<TestbedOptions, 'family' | 'encapsulation'> {
  /** Of the lines. */
  readonly count: number;
}

/** The group's, its table's, and its rule's priority; the next hop of a line is so many more. */
const GROUP = 4900;
/** As many as the gateway's own spreading has. */
const BUCKETS = '32';

export function waysOf(site: Site, { count, family, encapsulation }: WayOptions): readonly Way[] {
  return Array.from({ length: count }, (_, line) => {
    if (encapsulation === 'none') {
      return {
        line,
        device: wanInterface(line),
        via: underlayOf(line, site, family).nexthop,
      };
    }
    const { device, peer } = tunnelOf(line, site);
    return { line, device, via: peer };
  });
}

export function wayId(line: number): number {
  return GROUP + 1 + line;
}

/** Once, before anything leads over them. */
export function addWays(namespace: string, ways: readonly Way[]): Command {
  return batch(
    namespace,
    ways.map(({ line, device, via }) => `nexthop add id ${wayId(line)} via ${via} dev ${device}`),
  );
}

/**
 * What hosts of `site` send to the other one goes by the group, which begins with all ways. Flows are
 * told apart by addresses and ports (`fib_multipath_hash_policy` 1).
 */
export function addGroup(
  namespace: string,
  site: Site,
  { family, ways }: { readonly family: Family; readonly ways: readonly Way[] },
): readonly Command[] {
  const option = family === 'ipv4' ? '-4' : '-6';
  const remote = site === 'branch' ? [HUB_PREFIX[family]] : subnetsOf(ways, family);
  return [
    inNamespace(namespace, [
      ...['sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1'],
      'net.ipv6.fib_multipath_hash_policy=1',
    ]),
    useWays(
      namespace,
      ways.map(({ line }) => line),
    ),
    {
      argv: ['ip', '-n', namespace, option, '-batch', '-'],
      input: [
        ...remote.map((prefix) => `route add ${prefix} nhid ${GROUP} table ${GROUP}`),
        ...remote.map(
          (prefix) => `rule add priority ${GROUP} iif ${LAN} to ${prefix} lookup ${GROUP}`,
        ),
        '',
      ].join('\n'),
    },
  ];
}

/** The group is these lines from now on; there must be one. */
export function useWays(namespace: string, lines: readonly number[]): Command {
  const members = lines.map(wayId).join('/');
  return {
    argv: [
      ...(['ip', '-n', namespace, 'nexthop', 'replace', 'id', String(GROUP)] as const),
      ...['group', members, 'type', 'resilient', 'buckets', BUCKETS, 'idle_timer', '0'],
    ],
  };
}

export function batch(namespace: string, lines: readonly string[]): Command {
  return { argv: ['ip', '-n', namespace, '-batch', '-'], input: `${lines.join('\n')}\n` };
}

function subnetsOf(ways: readonly Way[], family: Family): readonly string[] {
  return ways.map(({ line }) => subnetOf(line, family));
}
