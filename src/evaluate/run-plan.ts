/**
 * What has to be measured for some experiments, and in which order. Pure.
 *
 * Always holds: a measurement that several experiments want is made once. Everything is measured for
 * the n-th time before anything is for the next, so that mechanisms take turns and whatever disturbs
 * the machine for a while disturbs all alike.
 */
import type { Experiment, Scale } from './experiment.ts';
import { idOf, keyOf } from './measurement.ts';
import type { Measurement } from './measurement.ts';

export interface PlanOptions {
  readonly scale: Scale;
  /** How often, instead of what each experiment wants. */
  readonly repetitions?: number | undefined;
}

export function planMeasurements(
  experiments: readonly Experiment[],
  { scale, repetitions }: PlanOptions,
): readonly Measurement[] {
  const wanted = new Map<string, Wanted>();
  for (const experiment of experiments) {
    for (const task of experiment.tasks(scale)) {
      const key = keyOf({ ...task, experiments: [] });
      const before = wanted.get(key);
      wanted.set(key, {
        ...task,
        repetitions: Math.max(before?.repetitions ?? 0, repetitions ?? task.repetitions),
        experiments: [...new Set([...(before?.experiments ?? []), experiment.name])],
      });
    }
  }
  const each = [...wanted.values()];
  const rounds = each.reduce((most, one) => Math.max(most, one.repetitions), 0);
  return Array.from({ length: rounds }, (_, repetition) =>
    each
      .filter((one) => repetition < one.repetitions)
      .map(({ instrument, parameters, experiments: names }) => ({
        ...{ instrument, parameters, repetition },
        experiments: names,
      })),
  ).flat();
}

interface Wanted extends Omit<Measurement, 'repetition'> {
  readonly repetitions: number;
}

/** @param there identifiers (`idOf`) of what need not be measured again */
export function missing(
  plan: readonly Measurement[],
  there: ReadonlySet<string>,
): readonly Measurement[] {
  return plan.filter((measurement) => !there.has(idOf(measurement)));
}

/** Seconds after which a measurement counts as stalled. */
export function timeLimit(estimate: number): number {
  return Math.max(3 * estimate, estimate + 60);
}
