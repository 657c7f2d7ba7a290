/**
 * Everything a namespace has, as text, to be compared before and after.
 *
 * Always holds: only what comes and goes by itself is left out: lifetimes, counters, neighbours that
 * the kernel found, the numbers of interfaces, and the queue that an interface gets when it is first
 * set up.
 */
import type { Namespace } from './namespace.ts';

const SWITCHES = 'forwarding|rp_filter|accept_ra|addr_gen|arp_|accept_dad|disable_ipv6';

export async function machineState(namespace: Namespace): Promise<readonly string[]> {
  const parts = await Promise.all([
    namespace.run('ip', '-o', '-d', 'link', 'show'),
    namespace.run('ip', '-o', 'address', 'show'),
    namespace.run('ip', '-4', 'rule', 'show'),
    namespace.run('ip', '-6', 'rule', 'show'),
    namespace.run('ip', '-4', 'route', 'show', 'table', 'all'),
    namespace.run('ip', '-6', 'route', 'show', 'table', 'all'),
    namespace.run('ip', 'neigh', 'show', 'nud', 'permanent'),
    namespace.run('nft', '-s', 'list', 'ruleset'),
    namespace.run('sysctl', '-a', '-r', `^net\\.ipv[46]\\..*(${SWITCHES})`),
  ]);
  return parts.flatMap((part) =>
    part
      .split('\n')
      .map((line) => line.replace(/^\d+: |valid_lft.*$| qdisc \S+/g, '').trimEnd())
      .toSorted(),
  );
}

/** What is there now and was not, `+`, and what was there and is not, `-`. */
export function difference(before: readonly string[], now: readonly string[]): readonly string[] {
  return [
    ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
    ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
  ];
}
