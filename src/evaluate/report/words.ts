/** Sentences that all forms of the report share. Pure. */
import { capitalized } from '../capitalized.ts';
import type { Target } from '../experiment.ts';
import { machineName } from './machine.ts';
import { provenanceLines, sectionMachines } from './provenance.ts';
import { missingOf } from './report.ts';
import type { Counts, Report, Section } from './report.ts';

export const SPREAD =
  'Figures are medians, with the least and the greatest in brackets where there are several; what the ' +
  'paper printed for the same stands beside them. Where some runs came to no figure, the median is that of the others, ' +
  'and how many did not stands with it.';

/** Where, when and by which state of the program the figures were measured. */
export function originLines({ machine, provenance }: Report): readonly string[] {
  const { system, memoryBytes } = machine;
  const programs = Object.entries(machine.programs)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`);
  return [
    `${system}, ${machineName(machine)}, ${Math.round(memoryBytes / 2 ** 30)} GiB`,
    programs.join(', '),
    controlText(machine.congestionControls),
    ...provenanceLines(provenance, machine.commit),
  ];
}

/** The lab gives hosts cubic where it may, else reno; what no host may use is in neither. */
function controlText(allowed: string): string {
  const names = allowed.split(' ').filter((name) => name !== '');
  const list = names.join(', ');
  return names.includes('cubic')
    ? `congestion control of hosts: cubic, as in the paper; they may use ${list}`
    : `congestion control of hosts: reno, where an experiment does not choose; the paper’s is cubic, but here they may only use ${list}`;
}

export function countsText(counts: Counts): string {
  const { wanted, measured, stalled, failed, unavailable } = counts;
  const missing = missingOf(counts);
  const parts = [
    `${measured} of ${wanted} measured`,
    ...(stalled === 0 ? [] : [`${stalled} stalled`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(unavailable === 0 ? [] : [`${unavailable} not possible on this machine`]),
    ...(missing === 0 ? [] : [`${missing} not yet measured`]),
  ];
  return `${parts.join(', ')}.`;
}

/** Whether anything can be shown of it. */
export function isBegun({ counts }: Section): boolean {
  return missingOf(counts) < counts.wanted;
}

/** What a reader should know before looking at figures; empty: all is there. */
export function missingText({ counts, command, troubles }: Section): string {
  const { wanted, failed } = counts;
  const missing = missingOf(counts);
  if (missing === wanted) return `Not measured yet: \`${command}\` measures it.`;
  const parts = [
    ...(missing === 0 ? [] : [`${missing} of ${wanted} are missing`]),
    ...(failed === 0 ? [] : [`${failed} of ${wanted} failed`]),
  ];
  const open =
    parts.length === 0
      ? []
      : [`Not wholly measured yet: ${parts.join(', ')}. \`${command}\` measures them.`];
  return [
    ...open,
    ...troubles.map((trouble) => `${capitalized(trouble).replace(/\.$/, '')}.`),
  ].join(' ');
}

export function againText({ command, counts, provenance }: Section, report: Report): string {
  const parts = [
    `Again: \`${command} --fresh\`.`,
    countsText(counts),
    sectionMachines(provenance, report.provenance),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

export function verdictOf({ met }: Target): 'met' | 'missed' | 'not measured' {
  return met === undefined ? 'not measured' : met ? 'met' : 'missed';
}

export function targetText(target: Target): string {
  const { text, measured } = target;
  return `${text}: ${verdictOf(target)}${measured === '' ? '' : ` (${measured})`}`;
}

/** `3 of 5 met, 1 missed, 1 not measured.` */
export function tallyText(targets: readonly Target[]): string {
  const count = (verdict: string): number =>
    targets.filter((target) => verdictOf(target) === verdict).length;
  const others = (['missed', 'not measured'] as const)
    .map((verdict) => [count(verdict), verdict] as const)
    .filter(([number]) => number > 0);
  return `${[`${count('met')} of ${targets.length} met`, ...others.map((one) => one.join(' '))].join(', ')}.`;
}
