/**
 * Interfaces that belong to another one: ports of a bridge, of a bond, of a team, in a VRF. Packets that
 * come by one are the other's.
 *
 * Always holds: reads only; what is not understood is left out.
 */
import { z } from 'zod';

import { run } from '../../system/command.ts';
import { presentInterfaces } from '../../system/interface-counters.ts';
import { parseArray } from './ip-json.ts';

export interface Membership {
  readonly member: string;
  readonly master: string;
  /** As the kernel calls it: `bridge`, `bond`, `team`, `vrf`, `openvswitch`. */
  readonly kind: string;
}

const link = z.object({
  ifname: z.string(),
  master: z.string(),
  linkinfo: z.object({ info_slave_kind: z.string().optional() }).optional(),
});

/** `ip -j -d link show`. */
export function parseMemberships(json: string): readonly Membership[] {
  return parseArray(json, link).map(({ ifname, master, linkinfo }) => ({
    member: ifname,
    master,
    kind: linkinfo?.info_slave_kind ?? 'device',
  }));
}

/** Of these interfaces. */
export async function readMemberships(names: readonly string[]): Promise<readonly Membership[]> {
  const questions = [...presentInterfaces(names)].map((name) => `link show dev ${name}\n`);
  if (questions.length === 0) return [];
  return await run(['ip', '-j', '-d', '-batch', '-'], { stdin: questions.join('') }).then(
    (text) => text.split('\n').flatMap(parseMemberships),
    () => [],
  );
}

export function joinedTo({ master, kind }: Membership): string {
  return kind === 'vrf' ? `in the VRF ${master}` : `a port of the ${kind} ${master}`;
}
