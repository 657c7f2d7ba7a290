/**
 * Which programs changes need, so that one that is missing is said before the first change.
 *
 * Always holds: looks at PATH only.
 */
import type { Change } from '../../apply/change.ts';
import { WamptcpError } from '../../lib/errors.ts';
import type { ResourceKind } from '../../plan/resource.ts';
import { lackCure, lackOf, lackText } from '../../system/programs.ts';
import type { Lack } from '../../system/programs.ts';

const NEEDS: Readonly<Record<ResourceKind, readonly string[]>> = {
  sysctl: [],
  'link-up': ['ip'],
  vxlan: ['ip'],
  'forwarding-entry': ['bridge'],
  address: ['ip'],
  neighbour: ['ip'],
  route: ['ip'],
  rule: ['ip'],
  nftables: ['nft', 'unshare'],
  engine: ['bird', 'birdc', 'ip'],
  provisioner: ['dnsmasq'],
  proxy: ['haproxy', 'setpriv', 'id'],
  'mptcp-endpoints': ['ip'],
  'mptcp-limits': ['ip'],
};

/** To take something away, what made it is not needed. */
const NEEDS_TO_REMOVE: Partial<Readonly<Record<ResourceKind, readonly string[]>>> = {
  engine: ['ip'],
  provisioner: [],
  proxy: [],
};

export function lacksFor(
  changes: readonly Pick<Change, 'action' | 'resource'>[],
  lackOfProgram: (program: string) => Lack | undefined = lackOf,
): readonly Lack[] {
  const programs = new Set(
    changes.flatMap(({ action, resource: { kind } }) =>
      action === 'remove' ? (NEEDS_TO_REMOVE[kind] ?? NEEDS[kind]) : NEEDS[kind],
    ),
  );
  return [...programs].flatMap((program) => lackOfProgram(program) ?? []);
}

/** @throws `PROGRAM_MISSING` */
export function requirePrograms(changes: readonly Pick<Change, 'action' | 'resource'>[]): void {
  const lacks = lacksFor(changes);
  if (lacks.length === 0) return;
  throw new WamptcpError('PROGRAM_MISSING', lacks.map(lackText).join('; '), {
    advice: `${[...new Set(lacks.map(lackCure))].join(' ')} Nothing was changed.`,
  });
}
