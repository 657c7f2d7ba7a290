/**
 * When, where, and by which state of the program, the measurements of a report were made. Pure.
 *
 * Always holds: every measurement that is shown counts once.
 */
import { z } from 'zod';

import type { MeasurementRecord } from '../record.ts';

const measurements = z.int().min(1);

export const provenance = z.object({
  first: z.iso.datetime().describe('When the first measurement began.'),
  last: z.iso.datetime().describe('When the last one began.'),
  commits: z
    .array(
      z.object({
        commit: z.string().nullable().describe('With + if something was changed; null: not kept.'),
        measurements,
      }),
    )
    .describe('In the order of their first measurements.'),
  machines: z
    .array(
      z.object({
        machine: z.string().nullable().describe('Kernel and processors; null: not kept.'),
        measurements,
      }),
    )
    .describe('In the order of their first measurements.'),
});

const NOT_KEPT = 'one that was not kept';

export type Provenance = z.infer<typeof provenance>;

/** Null: nothing was measured. */
export function provenanceOf(records: readonly MeasurementRecord[]): Provenance | null {
  const sorted = records.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return null;
  const by = (key: 'commit' | 'machine'): readonly (readonly [string | null, number])[] =>
    [...Map.groupBy(sorted, (record) => record[key] ?? null)].map(
      ([name, { length }]) => [name, length] as const,
    );
  return {
    ...{ first: first.at, last: last.at },
    commits: by('commit').map(([commit, measured]) => ({ commit, measurements: measured })),
    machines: by('machine').map(([machine, measured]) => ({ machine, measurements: measured })),
  };
}

/**
 * Of the machine only if there were several: figures of different ones are hard to compare.
 *
 * @param fallback the commit of a store whose measurements did not keep theirs
 */
export function provenanceLines(
  found: Provenance | null,
  fallback: string | null,
): readonly string[] {
  if (found === null) return [];
  const { first, last, commits, machines } = found;
  return [
    `measured from ${minute(first)} to ${minute(last)}`,
    commitsText(commits, fallback),
    ...(machines.length > 1
      ? [`on ${machines.length} machines: ${machinesText(machines)}; each section says which`]
      : []),
  ];
}

/** Where the measurements of a section were made; empty if all of the report were made on one machine. */
export function sectionMachines(section: Provenance | null, report: Provenance | null): string {
  if (section === null || report === null || report.machines.length < 2) return '';
  return `Measured on ${machinesText(section.machines)}.`;
}

function machinesText(machines: Provenance['machines']): string {
  return machines.map((one) => counted(one.machine, one)).join('; ');
}

function commitsText(commits: Provenance['commits'], fallback: string | null): string {
  const [only] = commits;
  const names =
    commits.length === 1
      ? [only?.commit ?? fallback ?? NOT_KEPT]
      : commits.map((one) => counted(one.commit, one));
  const isChanged = names.some((name) => /^\w+\+/.test(name));
  return (
    `wamptcp at commit${names.length === 1 ? '' : 's'} ${names.join(', ')}` +
    (isChanged ? '; +: with changes that were not committed' : '')
  );
}

function counted(name: string | null, { measurements: many }: { measurements: number }): string {
  return `${name ?? NOT_KEPT} (${many} measurement${many === 1 ? '' : 's'})`;
}

/** `2026-01-02 03:04 UTC`. */
function minute(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
