/**
 * What a report says, before it has a form. Pure.
 *
 * Always holds: every experiment that was asked for, or of which anything was measured, is in it, with
 * what is missing counted.
 */
import type { Experiment, Outcome, Presentation, Scale, Target } from '../experiment.ts';
import { idOf, keyOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { outcomeFor, outcomesOf, recordId, recordsByKey } from '../record.ts';
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
  /** Why measurements failed, or are not possible here: distinct words, with their number. */
  readonly troubles: readonly string[];
  /** Null: nothing of it was measured. */
  readonly provenance: Provenance | null;
}

/** Of the measurements that the experiment wants at this scale, and of further ones of the same. */
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
  const byKey = recordsByKey(records);
  const outcomes = outcomesOf(records, machine.processors);
  const sections = experiments.flatMap((experiment): readonly Section[] => {
    const wanted = planMeasurements([experiment], { scale });
    const shown = shownOf(wanted, byKey);
    const counts = countsOf(wanted, shown);
    if (missingOf(counts) === counts.wanted && !asked.includes(experiment)) return [];
    return [
      {
        ...{ experiment, counts, presentation: experiment.present(outcomes, scale) },
        command: commandOf(experiment, scale, out),
        troubles: troublesOf(shown),
        provenance: provenanceOf(shown.map(({ record }) => record)),
      },
    ];
  });
  const shown = sections.map(({ experiment }) => experiment);
  // What several of them want counts once.
  const all = shownOf(planMeasurements(shown, { scale }), byKey);
  const provenance = provenanceOf(all.map(({ record }) => record));
  return { machine, scale, at, sections, provenance };
}

interface ShownRecord {
  readonly record: MeasurementRecord;
  readonly outcome: Outcome<unknown>;
}

/** All that the figures are made of: of what is wanted also repetitions beyond the usual number. */
function shownOf(
  wanted: readonly Measurement[],
  byKey: ReadonlyMap<string, readonly MeasurementRecord[]>,
): readonly ShownRecord[] {
  const instruments = new Map(wanted.map((one) => [keyOf(one), one.instrument]));
  return [...instruments].flatMap(([key, instrument]) =>
    (byKey.get(key) ?? []).map((record) => ({ record, outcome: outcomeFor(instrument, record) })),
  );
}

function troublesOf(shown: readonly ShownRecord[]): readonly string[] {
  const words = shown.flatMap(({ outcome }) => {
    if (outcome.kind === 'failed') return [`failed: ${outcome.message}`];
    return outcome.kind === 'unavailable' ? [`not possible here: ${outcome.reason}`] : [];
  });
  return [...Map.groupBy(words, (each) => each)].map(([text, { length }]) =>
    length === 1 ? text : `${length} × ${text}`,
  );
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

function countsOf(wanted: readonly Measurement[], shown: readonly ShownRecord[]): Counts {
  const count = (kind: Outcome<unknown>['kind']): number =>
    shown.filter(({ outcome }) => outcome.kind === kind).length;
  const ids = new Set(wanted.map(idOf));
  const further = shown.filter(({ record }) => !ids.has(recordId(record))).length;
  return {
    wanted: wanted.length + further,
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
