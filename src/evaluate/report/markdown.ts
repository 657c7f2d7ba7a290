/**
 * The report as one Markdown page with charts as files beside it. Pure.
 *
 * Always holds: whatever an experiment says is text, never markup.
 */
import { renderSvg } from '../../chart/svg.ts';
import type { ResultChart, ResultTable, Target } from '../experiment.ts';
import { oneText } from './cell-text.ts';
import { countsText, machineLines, SPREAD, targetText } from './words.ts';
import type { Report, Section } from './report.ts';

export interface MarkdownReport {
  readonly page: string;
  /** Path relative to the page → SVG. */
  readonly charts: ReadonlyMap<string, string>;
}

const CHARTS = 'charts';

export function markdownReport(report: Report): MarkdownReport {
  const { machine, scale, at, sections } = report;
  const charts = sections.flatMap((section) =>
    section.presentation.charts.map(
      (chart) => [chartPath(section, chart), renderSvg(chart.option, chart.size)] as const,
    ),
  );
  const page = [
    `# Evaluation, ${scale}`,
    `Made ${at}. ${SPREAD}`,
    ...[
      machineLines(machine)
        .map((line) => `- ${escape(line)}`)
        .join('\n'),
    ],
    sections
      .map(({ experiment }) => `- [${escape(experiment.title)}](#${experiment.name})`)
      .join('\n'),
    ...sections.flatMap(sectionText),
  ];
  return { page: `${page.join('\n\n')}\n`, charts: new Map(charts) };
}

function sectionText(section: Section): readonly string[] {
  const { experiment, presentation, command, counts } = section;
  return [
    `<a id="${experiment.name}"></a>`,
    `## ${escape(experiment.title)}`,
    ...(experiment.paper === undefined ? [] : [`The paper: ${escape(experiment.paper)}`]),
    escape(presentation.method),
    ...presentation.tables.map(tableText),
    ...presentation.charts.map(
      (chart) => `![${escape(chart.caption)}](${chartPath(section, chart)})`,
    ),
    ...(presentation.targets.length === 0 ? [] : [presentation.targets.map(targetLine).join('\n')]),
    ...presentation.remarks.map(escape),
    `Again: \`${command}\`. ${countsText(counts)}`,
  ];
}

function tableText({ caption, columns, rows }: ResultTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`;
  return [
    `**${escape(caption)}**`,
    '',
    line(columns),
    `| ${columns.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => line(row.map(oneText))),
  ].join('\n');
}

function targetLine(target: Target): string {
  return `- ${escape(targetText(target))}`;
}

function chartPath({ experiment }: Section, { name }: ResultChart): string {
  return `${CHARTS}/${experiment.name}-${name}.svg`;
}

function escape(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}
