/**
 * What a gateway keeps in the kernel.
 *
 * Always holds: counted by the system's own tools, all that is there and not only what is ours.
 */
import { z } from 'zod';

import type { Lab } from '../../lab/lab.ts';
import { LAN } from '../../lab/testbed/address-plan.ts';

export const gatewayState = z.object({
  /** Of both address families. */
  rules: z.number(),
  /** Of all tables and both address families. */
  routes: z.number(),
  /** Rules of nftables, and elements of its sets and maps, also of those without a name, within rules. */
  nftables: z.number(),
  /** Connections that the kernel tracks. */
  conntrack: z.number(),
  /** What it learnt of hosts by ARP and neighbour discovery: any router does, for a while. */
  neighbours: z.number(),
});

export type GatewayState = z.infer<typeof gatewayState>;

const ruleset = z.object({
  nftables: z.array(
    z.object({
      rule: z.unknown().optional(),
      set: z.object({ elem: z.array(z.unknown()).optional() }).optional(),
      map: z.object({ elem: z.array(z.unknown()).optional() }).optional(),
    }),
  ),
});

export async function stateOf(lab: Lab, gateway: string): Promise<GatewayState> {
  const outputOf = async (command: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await lab.exec(gateway, ['sh', '-c', command]);
    if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  };
  const count = async (command: string): Promise<number> => lines(await outputOf(command)).length;
  return {
    rules: await count('ip rule && ip -6 rule'),
    routes: await count('ip route show table all && ip -6 route show table all'),
    nftables: ofRuleset(await outputOf('nft -j list ruleset')),
    conntrack: Number(await outputOf('cat /proc/sys/net/netfilter/nf_conntrack_count')),
    neighbours: await count(`ip neigh show dev ${LAN}`),
  };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** @param text as `nft -j list ruleset` prints */
export function ofRuleset(text: string): number {
  return ruleset
    .parse(JSON.parse(text))
    .nftables.map(({ rule, set, map }) => {
      const named = [set, map].flatMap((one) => one?.elem ?? []).length;
      return rule === undefined ? named : 1 + unnamedElements(rule);
    })
    .reduce((sum, one) => sum + one, 0);
}

/** Of sets and maps that stand in a rule's own expressions: `{ "set": [ … ] }`. */
function unnamedElements(part: unknown): number {
  if (typeof part !== 'object' || part === null) return 0;
  return Object.entries(part)
    .map(([key, value]: [string, unknown]) =>
      key === 'set' && Array.isArray(value) ? value.length : unnamedElements(value),
    )
    .reduce((sum, one) => sum + one, 0);
}
