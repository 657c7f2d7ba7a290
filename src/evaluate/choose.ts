/**
 * From the names a person gives to experiments. Pure.
 *
 * Always holds: each experiment at most once, in the order of all.
 */
import { nearest } from '../config/nearest.ts';
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import type { Experiment } from './experiment.ts';

export interface UnknownExperiment {
  readonly name: string;
  readonly meant: string | undefined;
}

/** `all`, names and aliases; a name without its last number stands for all that begin so: `figure`. */
export function chooseExperiments(
  names: readonly string[],
  all: readonly Experiment[],
): Result<readonly Experiment[], UnknownExperiment> {
  const chosen = new Set<Experiment>();
  for (const name of names) {
    const named = name === 'all' ? all : all.filter((experiment) => isCalled(experiment, name));
    if (named.length === 0) return err({ name, meant: nearest(name, all.flatMap(namesOf)) });
    for (const experiment of named) chosen.add(experiment);
  }
  return ok(all.filter((experiment) => chosen.has(experiment)));
}

function namesOf({ name, aliases = [] }: Experiment): readonly string[] {
  return [name, ...aliases];
}

function isCalled(experiment: Experiment, name: string): boolean {
  return namesOf(experiment).some((own) => own === name || own.replace(/-[^-]*$/, '') === name);
}
