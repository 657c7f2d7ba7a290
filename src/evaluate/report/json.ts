/**
 * What `wamptcp evaluate --json` prints, as a schema: docs/evaluate.schema.json is made of it.
 *
 * Always holds: figures as they were measured; rounding is for people.
 */
import { z } from 'zod';

import type { ResultCell } from '../experiment.ts';
import { machine } from './machine.ts';
import { provenance } from './provenance.ts';
import type { Report } from './report.ts';

const count = z.int().min(0);

const cell = z.union([
  z.string().describe('A word, such as the name of a mechanism.'),
  z.object({
    values: z.array(z.number()).describe('One per measurement that came to a value.'),
    stalled: count.describe('Measurements that stood still.'),
    failed: count.describe('Measurements that could not be made.'),
    unavailable: count.describe('Measurements that are not possible on this machine.'),
    notReached: count.describe('Measurements in which it did not happen while it was watched.'),
    withinSeconds: z
      .number()
      .nullable()
      .describe('How long that was watched; null: not known, or it was reached.'),
    paper: z.string().nullable().describe('What the paper printed for the same.'),
  }),
]);

export const evaluation = z.object({
  scale: z.enum(['quick', 'full']),
  at: z.iso.datetime(),
  out: z.string().describe('Where the raw data and the report are.'),
  machine,
  provenance: provenance.nullable().describe('Null: nothing was measured.'),
  experiments: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      method: z.string(),
      command: z
        .string()
        .describe('Measures what is missing of it; with --fresh, all of it again.'),
      wanted: count.describe('Measurements at this scale.'),
      measured: count,
      stalled: count,
      failed: count,
      unavailable: count.describe('Not possible on this machine.'),
      provenance: provenance.nullable().describe('Null: nothing of it was measured.'),
      tables: z.array(
        z.object({
          caption: z.string(),
          columns: z.array(z.string()),
          rows: z.array(z.array(cell)),
        }),
      ),
      targets: z.array(
        z.object({
          text: z.string(),
          met: z.boolean().nullable().describe('Null: not measured.'),
          measured: z.string(),
        }),
      ),
      remarks: z.array(z.string()),
    }),
  ),
});

export type EvaluationJson = z.infer<typeof evaluation>;

export function evaluationJson(report: Report, out: string): EvaluationJson {
  const { scale, at, machine: where, sections, provenance: made } = report;
  return {
    ...{ scale, at, out, machine: where, provenance: made },
    experiments: sections.map(({ experiment, presentation, command, counts, provenance: its }) => ({
      name: experiment.name,
      title: experiment.title,
      method: presentation.method,
      command,
      ...counts,
      provenance: its,
      tables: presentation.tables.map(({ caption, columns, rows }) => ({
        caption,
        columns: [...columns],
        rows: rows.map((row) => row.map(cellJson)),
      })),
      targets: presentation.targets.map(({ text, met, measured }) => ({
        ...{ text, measured },
        met: met ?? null,
      })),
      remarks: [...presentation.remarks],
    })),
  };
}

type Cell = z.infer<typeof cell>;

function cellJson(one: ResultCell): Cell {
  if (typeof one === 'string') return one;
  const { values, stalled, failed, unavailable = 0, notReached = 0, withinSeconds, paper } = one;
  return {
    ...{ values: [...values], stalled, failed, unavailable, notReached },
    ...{ withinSeconds: withinSeconds ?? null, paper: paper ?? null },
  };
}
