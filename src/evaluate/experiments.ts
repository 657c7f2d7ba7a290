/**
 * All experiments, in the order of the paper, then our own.
 *
 * Always holds: names are unique, aliases too.
 */
import type { Experiment } from './experiment.ts';

export const EXPERIMENTS: readonly Experiment[] = [];
