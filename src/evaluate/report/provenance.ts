/**
 * When, and by which state of the program, the measurements of a report were made. Pure.
 *
 * Always holds: every measurement that is shown counts once.
 */
import { z } from 'zod';

import type { MeasurementRecord } from '../record.ts';

export const provenance = z.object({
  first: z.iso.datetime().describe('When the first measurement began.'),
  last: z.iso.datetime().describe('When the last one began.'),
  commits: z
    .array(
      z.object({
        commit: z.string().nullable().describe('With + if something was changed; null: not kept.'),
        measurements: z.int().min(1),
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
  const byCommit = Map.groupBy(sorted, ({ commit }) => commit ?? null);
  return {
    ...{ first: first.at, last: last.at },
    commits: [...byCommit].map(([commit, { length }]) => ({ commit, measurements: length })),
  };
}

/** @param fallback the commit of a store whose measurements did not keep theirs */
export function provenanceLines(
  found: Provenance | null,
  fallback: string | null,
): readonly string[] {
  if (found === null) return [];
  const { first, last, commits } = found;
  return [`measured from ${minute(first)} to ${minute(last)}`, commitsText(commits, fallback)];
}

function commitsText(commits: Provenance['commits'], fallback: string | null): string {
  const [only] = commits;
  const names =
    commits.length === 1
      ? [only?.commit ?? fallback ?? NOT_KEPT]
      : commits.map(
          ({ commit, measurements }) =>
            `${commit ?? NOT_KEPT} (${measurements} measurement${measurements === 1 ? '' : 's'})`,
        );
  const isChanged = names.some((name) => /^\w+\+/.test(name));
  return (
    `wamptcp at commit${names.length === 1 ? '' : 's'} ${names.join(', ')}` +
    (isChanged ? '; +: with changes that were not committed' : '')
  );
}

/** `2026-01-02 03:04 UTC`. */
function minute(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
