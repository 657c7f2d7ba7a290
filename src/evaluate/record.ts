/**
 * One measurement as it is kept, and the outcomes that experiments see of many.
 *
 * Always holds: what an experiment is given has the form that its instrument promises; what was kept
 * in an older form is a failure that says so.
 */
import { z } from 'zod';

import type { Instrument, Outcome, Outcomes, Parameters } from './experiment.ts';
import { measurementKey, repetitionId } from './measurement.ts';
import type { Measurement } from './measurement.ts';

const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('measured'), value: z.unknown() }),
  z.object({ kind: z.literal('stalled'), afterSeconds: z.number() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({ kind: z.literal('unavailable'), reason: z.string() }),
]);

export const measurementRecord = z.object({
  instrument: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  repetition: z.int().min(0),
  outcome,
  /** ISO 8601, when it began. */
  at: z.iso.datetime(),
  seconds: z.number(),
  /** Of one minute, right before and after. */
  load: z.object({ before: z.number(), after: z.number() }),
  /** Of the program that measured, with `+` if something was changed; older records have none. */
  commit: z.string().optional(),
  /** That measured (`machineName`); older records have none. */
  machine: z.string().optional(),
});

export type MeasurementRecord = z.infer<typeof measurementRecord>;

export function recordId({ instrument, parameters, repetition }: MeasurementRecord): string {
  return repetitionId(measurementKey(instrument, parameters), repetition);
}

/** A failure is tried again; that something stalls is a finding. */
export function needNotBeMeasured(record: MeasurementRecord, { instrument }: Measurement): boolean {
  return outcomeFor(instrument, record).kind !== 'failed';
}

export function recordsByKey(
  records: readonly MeasurementRecord[],
): ReadonlyMap<string, readonly MeasurementRecord[]> {
  return Map.groupBy(records, ({ instrument, parameters }) =>
    measurementKey(instrument, parameters),
  );
}

/** @param processors of the machine that measured */
export function outcomesOf(records: readonly MeasurementRecord[], processors: number): Outcomes {
  const byKey = recordsByKey(records);
  return {
    processors,
    of: <P extends Parameters, R>(instrument: Instrument<P, R>, parameters: P) =>
      (byKey.get(measurementKey(instrument.name, parameters)) ?? [])
        .toSorted((one, other) => one.repetition - other.repetition)
        .map((record) => outcomeFor(instrument, record)),
  };
}

/** As its instrument promises it. */
export function outcomeFor<P extends Parameters, R>(
  { result }: Instrument<P, R>,
  record: MeasurementRecord,
): Outcome<R> {
  if (record.outcome.kind !== 'measured') return record.outcome;
  const parsed = result.safeParse(record.outcome.value);
  if (parsed.success) return { kind: 'measured', value: parsed.data };
  return { kind: 'failed', message: `kept in another form: ${z.prettifyError(parsed.error)}` };
}
