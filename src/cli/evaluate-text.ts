/** An experiment's figures on a terminal. */
import { oneText } from '../evaluate/report/cell-text.ts';
import type { Section } from '../evaluate/report/report.ts';
import { countsText, isBegun, missingText, targetText } from '../evaluate/report/words.ts';
import type { Target } from '../evaluate/experiment.ts';
import { colours } from './output.ts';
import { table } from './table.ts';

export function sectionText(section: Section): string {
  const { experiment, presentation, counts } = section;
  const { method, tables, targets, remarks } = presentation;
  if (!isBegun(section)) {
    return [colours.bold(experiment.title), missingText(section), ''].join('\n');
  }
  return [
    colours.bold(experiment.title),
    method,
    ...tables.map(
      ({ caption, columns, rows }) =>
        `${caption}\n${table(
          columns,
          rows.map((row) => row.map(oneText)),
        )}`,
    ),
    ...targets.map(targetLine),
    ...remarks,
    countsText(counts),
    '',
  ].join('\n');
}

function targetLine(target: Target): string {
  const line = targetText(target);
  if (target.met === undefined) return line;
  return target.met ? colours.green(line) : colours.red(line);
}
