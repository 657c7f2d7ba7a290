/**
 * `wamptcp evaluate`: the experiments of the paper and our own, measured, kept and shown.
 *
 * Always holds: what is there already is not measured again; the report always shows all that is
 * there at its scale.
 */
import { resolve } from 'node:path';

import { chooseExperiments } from '../evaluate/choose.ts';
import { evaluate, planEvaluation } from '../evaluate/evaluation.ts';
import type { Experiment, Scale } from '../evaluate/experiment.ts';
import { EXPERIMENTS } from '../evaluate/experiments.ts';
import { outcomesOf } from '../evaluate/record.ts';
import type { RunSummary } from '../evaluate/run.ts';
import { ResultStore } from '../evaluate/store.ts';
import { EvaluationProgress, timeText } from './evaluate-progress.ts';
import { presentationText } from './evaluate-text.ts';
import { reportOf, writeReport } from './evaluate-report.ts';
import { BadInput, complain, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export interface EvaluateFlags {
  readonly quick: boolean;
  readonly out: string | undefined;
  readonly fresh: boolean;
  readonly repetitions: string | undefined;
  readonly json: boolean;
}

export async function evaluateCommand(
  names: readonly string[],
  flags: EvaluateFlags,
): Promise<ExitCode> {
  if (names.includes('list')) return list(names, flags);
  const store = new ResultStore(resolve(flags.out ?? defaultOut(flags)));
  if (names.includes('report')) return await reportOnly(names, flags, store);
  const experiments = choose(names);
  const repetitions = readRepetitions(flags.repetitions);
  requireRoot();
  const summary = await measure(experiments, flags, repetitions, store);
  const report = await reportOf(EXPERIMENTS, scaleOf(flags), store);
  const paths = await writeReport(report, store);
  if (flags.json) printJson({ ...report.json(experiments), ...summary });
  else {
    for (const section of report.sectionsOf(experiments)) print(presentationText(section));
    print(`report: ${paths.html}\n        ${paths.markdown}`);
  }
  if (summary.interrupted) complain('interrupted; the same command goes on from here');
  return summary.interrupted || summary.failed > 0 ? EXIT.failed : EXIT.done;
}

function list(names: readonly string[], { json }: EvaluateFlags): ExitCode {
  if (names.length > 1) throw new BadInput('`list` takes no names', 'It shows all.');
  if (json) printJson(EXPERIMENTS.map(({ name, title, about }) => ({ name, title, about })));
  else print(listText(EXPERIMENTS));
  return EXIT.done;
}
