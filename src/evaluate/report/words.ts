/** Sentences that all forms of the report share. Pure. */
import type { Target } from '../experiment.ts';
import type { Machine } from './machine.ts';
import type { Counts } from './report.ts';

export const SPREAD =
  'Figures are medians, with the least and the greatest in brackets where there are several; what the ' +
  'paper printed for the same stands beside them.';

export function machineLines(machine: Machine): readonly string[] {
  const { kernel, system, processors, processor, memoryBytes, commit } = machine;
  const programs = Object.entries(machine.programs)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`);
  return [
    `${system}, Linux ${kernel}; ${processors} × ${processor}, ${Math.round(memoryBytes / 2 ** 30)} GiB`,
    programs.join(', '),
    `congestion control that hosts may use: ${machine.congestionControls}`,
    ...(commit === null ? [] : [`wamptcp at commit ${commit}`]),
  ];
}

export function countsText(counts: Counts): string {
  const { wanted, measured, stalled, failed, unavailable } = counts;
  const missing = wanted - measured - stalled - failed - unavailable;
  const parts = [
    `${measured} of ${wanted} measured`,
    ...(stalled === 0 ? [] : [`${stalled} stalled`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(unavailable === 0 ? [] : [`${unavailable} not possible on this machine`]),
    ...(missing === 0 ? [] : [`${missing} not yet measured`]),
  ];
  return `${parts.join(', ')}.`;
}

export function targetText({ text, met, measured }: Target): string {
  const verdict = met === undefined ? 'not measured' : met ? 'met' : 'missed';
  return `${text}: ${verdict}${measured === '' ? '' : ` (${measured})`}`;
}
