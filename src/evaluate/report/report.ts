/**
 * What a report says, before it has a form. Pure.
 *
 * Always holds: every experiment that was asked for, or of which anything was measured, is in it, with
 * what is missing counted.
 */
import type { Experiment, Presentation, Scale, Target } from '../experiment.ts';
import { idOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { outcomesOf, recordId } from '../record.ts';
import type { MeasurementRecord } from '../record.ts';
import { planMeasurements } from '../run-plan.ts';
import type { Machine } from './machine.ts';
import { provenanceOf } from './provenance.ts';
import type { Provenance } from './provenance.ts';

export interface Report {
  readonly machine: Machine;
  readonly scale: Scale;
  /** ISO 8601. */
  readonly at: string;
  readonly sections: readonly Section[];
  /** Null: nothing was measured. */
  readonly provenance: Provenance | null;
}

export interface Section {
  readonly experiment: Experiment;
  readonly presentation: Presentation;
  /** Measures what is missing of this section. */
  readonly command: string;
  readonly counts: Counts;
  /** Null: nothing of it was measured. */
  readonly provenance: Provenance | null;
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
  /** Shown also if nothing of them was measured. Default: none. */
  readonly asked?: readonly Experiment[];
  /** `--out`, where it is not the usual one. */
  readonly out?: string;
}

export function reportOf(experiments: readonly Experiment[], input: ReportInput): Report {
  const { machine, scale, at, records, asked = [], out } = input;
  const byId = new Map(records.map((record) => [recordId(record), record]));
  const outcomes = outcomesOf(records);
  const sections = experiments.flatMap((experiment): readonly Section[] => {
    const wanted = planMeasurements([experiment], { scale });
    const counts = countsOf(wanted, byId);
    if (missingOf(counts) === counts.wanted && !asked.includes(experiment)) return [];
    return [
      {
        ...{ experiment, counts, presentation: experiment.present(outcomes, scale) },
        command: commandOf(experiment, scale, out),
        provenance: provenanceOf(recordsOf(wanted, byId)),
      },
    ];
  });
  const shown = sections.map(({ experiment }) => experiment);
  // What several of them want counts once.
  const provenance = provenanceOf(recordsOf(planMeasurements(shown, { scale }), byId));
  return { machine, scale, at, sections, provenance };
}

function recordsOf(
  wanted: readonly Measurement[],
  byId: ReadonlyMap<string, MeasurementRecord>,
): readonly MeasurementRecord[] {
  return wanted.flatMap((measurement) => {
    const record = byId.get(idOf(measurement));
    return record === undefined ? [] : [record];
  });
}

/** Measurements that nobody has tried yet. */
export function missingOf({ wanted, measured, stalled, failed, unavailable }: Counts): number {
  return wanted - measured - stalled - failed - unavailable;
}

/** `Table II` of `Table II: an outage of one of two lines`. */
export function shortTitle({ title }: Experiment): string {
  return title.split(':', 1)[0] ?? title;
}

export interface PlacedTarget extends Target {
  readonly experiment: Experiment;
}

export function targetsOf(sections: readonly Section[]): readonly PlacedTarget[] {
  return sections.flatMap(({ experiment, presentation }) =>
    presentation.targets.map((target) => ({ ...target, experiment })),
  );
}

function countsOf(
  wanted: readonly Measurement[],
  byId: ReadonlyMap<string, MeasurementRecord>,
): Counts {
  const records = recordsOf(wanted, byId);
  const count = (kind: string): number =>
    records.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    wanted: wanted.length,
    measured: count('measured'),
    stalled: count('stalled'),
    failed: count('failed'),
    unavailable: count('unavailable'),
  };
}

function commandOf({ name }: Experiment, scale: Scale, out: string | undefined): string {
  return [
    `sudo bin/wamptcp evaluate ${name}`,
    ...(scale === 'quick' ? ['--quick'] : []),
    ...(out === undefined ? [] : [`--out ${/^[\w./-]+$/.test(out) ? out : `'${out}'`}`]),
  ].join(' ');
}
