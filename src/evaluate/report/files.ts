/**
 * The report of a store, read from it and written into it.
 *
 * Always holds: the machine is the one that measured, kept beside what it measured; a report can be
 * drawn again elsewhere.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { WamptcpError } from '../../lib/errors.ts';
import { parseJson } from '../../lib/json.ts';
import { readIfPresent, writeAtomically } from '../../system/file.ts';
import type { Experiment, Scale } from '../experiment.ts';
import type { MeasurementRecord } from '../record.ts';
import type { ResultStore } from '../store.ts';
import { htmlReport } from './html.ts';
import { machine } from './machine.ts';
import type { Machine } from './machine.ts';
import { headline, markdownReport } from './markdown.ts';
import { reportOf } from './report.ts';
import type { Report, ReportInput } from './report.ts';

const SCALES: readonly Scale[] = ['quick', 'full'];

/** Whoever may look at the directory may look at what was measured. */
const READABLE = 0o644;

const DOCUMENTS = new URL('../../../docs', import.meta.url).pathname;

export interface ReportPaths {
  readonly html: string;
  readonly markdown: string;
}

/** Keeps on which machine the store's measurements are made. */
export async function keepMachine(store: ResultStore, described: Machine): Promise<void> {
  await mkdir(store.out, { recursive: true });
  const text = `${JSON.stringify(described, null, 1)}\n`;
  await writeAtomically(machineFile(store), text, READABLE);
}

export interface WhatToReport extends Pick<ReportInput, 'scale' | 'asked' | 'out'> {
  readonly experiments: readonly Experiment[];
  readonly records: readonly MeasurementRecord[];
}

/** @throws WamptcpError NOTHING_MEASURED, NO_MACHINE (its description is missing or damaged) */
export async function readReport(
  store: ResultStore,
  { experiments, ...input }: WhatToReport,
): Promise<Report> {
  const at = new Date().toISOString();
  return reportOf(experiments, { ...input, at, machine: await readMachine(store, input.records) });
}

export async function writeReport(report: Report, store: ResultStore): Promise<ReportPaths> {
  const paths = { html: join(store.out, 'report.html'), markdown: join(store.out, 'report.md') };
  const { page, charts } = markdownReport(report, pathToDocuments(store.out));
  await writeAtomically(paths.html, htmlReport(report), READABLE);
  for (const [name, svg] of charts) {
    const path = join(store.out, name);
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, svg, READABLE);
  }
  await writeAtomically(paths.markdown, page, READABLE);
  return paths;
}

/** Of the report that is there; undefined: there is none. */
export async function reportedScale(store: ResultStore): Promise<Scale | undefined> {
  const page = (await readIfPresent(join(store.out, 'report.md'))) ?? '';
  return SCALES.find((scale) => page.startsWith(`${headline(scale)}\n`));
}

/** Links go only where they hold wherever the report is read: from one document to another. */
function pathToDocuments(out: string): string | undefined {
  const path = relative(out, DOCUMENTS);
  return /^\.\.(?:\/\.\.)*$/.test(path) ? path : undefined;
}

async function readMachine(
  store: ResultStore,
  records: readonly MeasurementRecord[],
): Promise<Machine> {
  const text = await readIfPresent(machineFile(store));
  if (text !== undefined) {
    const parsed = machine.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
  }
  if (text === undefined && records.length === 0) {
    throw new WamptcpError('NOTHING_MEASURED', `nothing was measured in ${store.out} yet`, {
      advice: 'Measure first: `sudo bin/wamptcp evaluate all --quick`, or give another --out.',
    });
  }
  const what = text === undefined ? 'is missing' : 'cannot be understood';
  throw new WamptcpError(
    'NO_MACHINE',
    `${machineFile(store)} ${what}: it says which machine measured`,
    { advice: 'Any measurement into this directory writes it anew.' },
  );
}

function machineFile(store: ResultStore): string {
  return join(store.out, 'machine.json');
}
