/**
 * The report as one Markdown page with charts as files beside it. Pure.
 *
 * Always holds: whatever an experiment says is text, never markup, but for `commands` in it and the
 * documents that it names, which are links where these are.
 */
import { renderSvg } from '../../chart/svg.ts';
import type { ResultChart, ResultTable, Scale, Target } from '../experiment.ts';
import { oneText } from './cell-text.ts';
import { GLOSSARY } from './glossary.ts';
import type { TermGroup } from './glossary.ts';
import { shortTitle, targetsOf } from './report.ts';
import type { PlacedTarget, Report, Section } from './report.ts';
import {
  againText,
  isBegun,
  originLines,
  missingText,
  SPREAD,
  tallyText,
  targetText,
  verdictOf,
} from './words.ts';

export interface MarkdownReport {
  readonly page: string;
  /** Path relative to the page → SVG. */
  readonly charts: ReadonlyMap<string, string>;
}

const CHARTS = 'charts';

/** @param docs path from the page to the documents' directory; undefined: they are named, without links */
export function markdownReport(report: Report, docs?: string): MarkdownReport {
  const { scale, at, sections } = report;
  const begun = sections.filter(isBegun);
  const charts = begun.flatMap((section) =>
    section.presentation.charts.map(
      (chart) =>
        [
          chartPath(section, chart),
          renderSvg(chart.option, { size: chart.size, label: chart.caption }),
        ] as const,
    ),
  );
  const page = [
    headline(scale),
    `Made ${at}. ${SPREAD}`,
    list(originLines(report)),
    sections
      .map(({ experiment }) => `- [${escape(experiment.title)}](#${experiment.name})`)
      .join('\n'),
    ...targetsText(targetsOf(sections)),
    '## Words',
    ...GLOSSARY.flatMap(groupText),
    ...sections.flatMap((section) => sectionText(section, report)),
  ];
  const text = `${page.join('\n\n')}\n`;
  return { page: docs === undefined ? text : withLinks(text, docs), charts: new Map(charts) };
}

/** The first line of a page. */
export function headline(scale: Scale): string {
  return `# Evaluation, ${scale}`;
}

function targetsText(targets: readonly PlacedTarget[]): readonly string[] {
  if (targets.length === 0) return [];
  const rows = targets.map((target) => {
    const { text, measured, experiment } = target;
    const link = `[${escape(shortTitle(experiment))}](#${experiment.name})`;
    const cells = [escape(text), verdictOf(target), escape(measured === '' ? '–' : measured), link];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '## Targets',
    tallyText(targets),
    ['| target | verdict | measured | section |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ];
}

function groupText({ title, terms, more }: TermGroup): readonly string[] {
  return [
    `**${title}** (${more})`,
    terms.map(({ term, text }) => `- **${escape(term)}**: ${prose(text)}`).join('\n'),
  ];
}

function sectionText(section: Section, report: Report): readonly string[] {
  const { experiment, presentation } = section;
  const missing = missingText(section);
  return [
    `<a id="${experiment.name}"></a>`,
    `## ${escape(experiment.title)}`,
    ...(missing === '' ? [] : [prose(missing)]),
    ...(isBegun(section)
      ? [
          ...(experiment.paper === undefined ? [] : [`The paper: ${prose(experiment.paper)}`]),
          prose(presentation.method),
          ...presentation.tables.map(tableText),
          ...presentation.charts.flatMap((chart) => [
            `![${escape(chart.caption)}](${chartPath(section, chart)})`,
            `*${escape(chart.caption)}*`,
          ]),
          ...(presentation.targets.length === 0
            ? []
            : [presentation.targets.map(targetLine).join('\n')]),
          ...presentation.remarks.map(prose),
          prose(againText(section, report)),
        ]
      : []),
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

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${prose(line)}`).join('\n');
}

function chartPath({ experiment }: Section, { name }: ResultChart): string {
  return `${CHARTS}/${experiment.name}-${name}.svg`;
}

/** Within `…` nothing is markup, and a backslash would be seen. */
function prose(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : escape(part)))
    .join('');
}

function escape(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}

/** `docs/metrics.md` as a link to that file. */
function withLinks(page: string, docs: string): string {
  return page.replaceAll(
    /\bdocs\/([\w-]+\.md)\b/g,
    (name, file: string) => `[${name}](${docs}/${file})`,
  );
}
