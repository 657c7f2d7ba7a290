/**
 * The core of a line, where all of its sites meet, and the packet filter that cuts it. Pure.
 *
 * Always holds: the filter's text never changes, only which interfaces are in its sets, so a cut is
 * one small transaction; the sets say the whole state, so repeating one does no harm.
 */
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { buildCore } from '../link/wire.ts';
import { markNamespaces } from '../namespace.ts';

const TABLE = 'inet wamptcp_lab_faults';

/** Interfaces of the core: packets that come in by `from` or go out by `to` are dropped. */
export interface CutSets {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export function buildFaultyCore(lab: string, namespace: string): Command[] {
  return [
    ...markNamespaces(lab, buildCore(namespace)),
    inNamespace(namespace, ['nft', '-f', '-'], FILTER),
  ];
}

const FILTER = [
  `table ${TABLE} {`,
  '  set from { type ifname; }',
  '  set to { type ifname; }',
  // Only here so that every change adds something, which nft then confirms.
  '  set sequence { type mark; }',
  '  chain forward {',
  '    type filter hook forward priority 0; policy accept;',
  '    iifname @from counter drop',
  '    oifname @to counter drop',
  '  }',
  '}',
  '',
].join('\n');

/** One line for `nft -i`: one transaction. */
export function cutTransaction({ from, to }: CutSets, sequence: number): string {
  const fill = (set: string, elements: readonly string[]): string[] => [
    `flush set ${TABLE} ${set}`,
    ...(elements.length === 0 ? [] : [`add element ${TABLE} ${set} { ${elements.join(', ')} }`]),
  ];
  const quoted = (names: readonly string[]): string[] => names.map((name) => `"${name}"`);
  return [
    ...fill('from', quoted(from)),
    ...fill('to', quoted(to)),
    ...fill('sequence', [String(sequence)]),
  ].join('; ');
}
