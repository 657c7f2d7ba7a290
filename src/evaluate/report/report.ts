/**
 * What a report says, before it has a form. Pure.
 *
 * Always holds: every experiment of which anything was measured is in it, with what is missing counted.
 */
import type { Experiment, Presentation, Scale } from '../experiment.ts';
import { idOf } from '../measurement.ts';
import { outcomesOf, recordId } from '../record.ts';
import type { MeasurementRecord } from '../record.ts';
import { planMeasurements } from '../run-plan.ts';
import type { Machine } from './machine.ts';

export interface Report {
  readonly machine: Machine;
  readonly scale: Scale;
  /** ISO 8601. */
  readonly at: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly experiment: Experiment;
  readonly presentation: Presentation;
  /** Makes this section again. */
  readonly command: string;
  readonly counts: Counts;
}

/** Of the measurements that the experiment wants at this scale. */
export interface Counts {
  readonly wanted: number;
  readonly measured: number;
  readonly stalled: number;
  readonly failed: number;
  /** This machine cannot make them. */
  readonly unavailable: number;
}

export interface ReportInput {
  readonly machine: Machine;
  readonly scale: Scale;
  readonly at: string;
  readonly records: readonly MeasurementRecord[];
}

export function reportOf(experiments: readonly Experiment[], input: ReportInput): Report {
  const { machine, scale, at, records } = input;
  const byId = new Map(records.map((record) => [recordId(record), record]));
  const outcomes = outcomesOf(records);
  const sections = experiments.flatMap((experiment): readonly Section[] => {
    const counts = countsOf(experiment, scale, byId);
    const { measured, stalled, failed, unavailable } = counts;
    if (measured + stalled + failed + unavailable === 0) return [];
    const presentation = experiment.present(outcomes, scale);
    return [{ experiment, presentation, command: commandOf(experiment, scale), counts }];
  });
  return { machine, scale, at, sections };
}

function countsOf(
  experiment: Experiment,
  scale: Scale,
  byId: ReadonlyMap<string, MeasurementRecord>,
): Counts {
  const wanted = planMeasurements([experiment], { scale });
  const kinds = wanted.map((measurement) => byId.get(idOf(measurement))?.outcome.kind);
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  return {
    wanted: wanted.length,
    measured: count('measured'),
    stalled: count('stalled'),
    failed: count('failed'),
    unavailable: count('unavailable'),
  };
}

function commandOf({ name }: Experiment, scale: Scale): string {
  return `sudo bin/wamptcp evaluate ${name}${scale === 'quick' ? ' --quick' : ''}`;
}
