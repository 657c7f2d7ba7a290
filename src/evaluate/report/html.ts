/**
 * The report as one HTML page that needs nothing else: charts are in it, nothing is loaded. Pure.
 *
 * Always holds: whatever an experiment says is text, never markup, but for `commands` in it.
 */
import { renderSvg } from '../../chart/svg.ts';
import { attributeText } from '../../lib/markup.ts';
import type { ResultTable, Target } from '../experiment.ts';
import { cellText } from './cell-text.ts';
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

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2530; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid #d5dbe3; padding-top: 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { border: 1px solid #d5dbe3; padding: .3rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; white-space: nowrap; } th { background: #f2f5f8; }
.paper { display: block; color: #5b6775; font-size: .85em; }
.met { color: #1a7f4b; } .missed { color: #b3372f; } .open { color: #5b6775; }
nav ul { columns: 2; } dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem; font-size: .9rem; }
dt { font-weight: 600; } dd { margin: 0; } .targets td { text-align: left; }
.targets td:first-child { white-space: normal; }
nav .open a { color: inherit; } figure { margin: 1rem 0; overflow-x: auto; } figcaption { color: #5b6775; font-size: .9em; }
code { background: #f2f5f8; padding: .1rem .3rem; }
`;

export function htmlReport(report: Report): string {
  const { scale, at, sections } = report;
  const title = `Evaluation, ${scale}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1><p>Made ${text(at)}. ${text(SPREAD)}</p>`,
    `<ul>${originLines(report).map(item).join('')}</ul>`,
    `<nav><ul>${sections.map(entry).join('')}</ul></nav>`,
    targetsHtml(targetsOf(sections)),
    `<h2>Words</h2>${GLOSSARY.map(groupHtml).join('')}`,
    ...sections.map((section) => sectionHtml(section, report)),
    '</body></html>',
    '',
  ].join('\n');
}

function entry(section: Section): string {
  const { name, title } = section.experiment;
  const begun = isBegun(section);
  const link = `<a href="#${name}">${text(title)}</a>`;
  return begun ? `<li>${link}</li>` : `<li class="open">${link}, not measured</li>`;
}

function targetsHtml(targets: readonly PlacedTarget[]): string {
  if (targets.length === 0) return '';
  const rows = targets.map((target) => {
    const { text: words, measured, experiment } = target;
    const verdict = `<td class="${classOf(target)}">${verdictOf(target)}</td>`;
    const link = `<a href="#${experiment.name}">${text(shortTitle(experiment))}</a>`;
    return `<tr><td>${text(words)}</td>${verdict}<td>${text(measured === '' ? '–' : measured)}</td><td>${link}</td></tr>`;
  });
  return [
    `<h2>Targets</h2><p>${text(tallyText(targets))}</p>`,
    '<div class="wide"><table class="targets"><caption>All targets of these experiments</caption><thead><tr><th scope="col">target</th><th scope="col">verdict</th><th scope="col">measured</th><th scope="col">section</th></tr></thead>',
    `<tbody>${rows.join('\n')}</tbody></table></div>`,
  ].join('');
}

function groupHtml({ title, terms, more }: TermGroup): string {
  const lines = terms.map(
    ({ term, text: words }) => `<dt>${text(term)}</dt><dd>${prose(words)}</dd>`,
  );
  return `<h3>${text(title)}</h3><dl>${lines.join('')}</dl><p>More: ${text(more)}</p>`;
}

function sectionHtml(section: Section, report: Report): string {
  const { experiment, presentation } = section;
  const { method, tables, charts, targets, remarks } = presentation;
  const missing = missingText(section);
  const figures = [
    ...(experiment.paper === undefined ? [] : [paragraph(`The paper: ${experiment.paper}`)]),
    paragraph(method),
    ...tables.map(tableHtml),
    ...charts.map(
      ({ name, caption, option, size }) =>
        `<figure>${renderSvg(option, { size, name: `${experiment.name}-${name}`, label: caption })}<figcaption>${text(caption)}</figcaption></figure>`,
    ),
    ...(targets.length === 0 ? [] : [`<ul>${targets.map(targetHtml).join('')}</ul>`]),
    ...remarks.map(paragraph),
    paragraph(againText(section, report)),
  ];
  return [
    `<section id="${experiment.name}"><h2>${text(experiment.title)}</h2>`,
    ...(missing === '' ? [] : [paragraph(missing)]),
    ...(isBegun(section) ? figures : []),
    '</section>',
  ].join('\n');
}

function tableHtml({ caption, columns, rows }: ResultTable): string {
  const head = columns.map((column) => `<th scope="col">${text(column)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = row.map((cell) => {
      const { ours, paper } = cellText(cell);
      const theirs = paper === '' ? '' : `<span class="paper">paper ${text(paper)}</span>`;
      return `<td>${text(ours)}${theirs}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table><caption>${text(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function targetHtml(target: Target): string {
  return `<li class="${classOf(target)}">${text(targetText(target))}</li>`;
}

function classOf({ met }: Target): string {
  return met === undefined ? 'open' : met ? 'met' : 'missed';
}

function item(line: string): string {
  return `<li>${text(line)}</li>`;
}

function paragraph(words: string): string {
  return `<p>${prose(words)}</p>`;
}

function prose(words: string): string {
  return text(words).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function text(words: string): string {
  return attributeText(words).replaceAll('>', '&gt;');
}
