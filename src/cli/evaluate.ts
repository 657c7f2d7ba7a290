/**
 * `wamptcp evaluate`: the experiments of the paper and our own, measured, kept and shown.
 *
 * Always holds: what is there already is not measured again; the report always shows all that is
 * there at its scale.
 */
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';

import { chooseExperiments } from '../evaluate/choose.ts';
import { evaluate, planEvaluation } from '../evaluate/evaluation.ts';
import type { Experiment, Scale } from '../evaluate/experiment.ts';
import { EXPERIMENTS } from '../evaluate/experiments.ts';
import type { MeasurementRecord } from '../evaluate/record.ts';
import { keepMachine, readReport, reportedScale, writeReport } from '../evaluate/report/files.ts';
import type { WhatToReport } from '../evaluate/report/files.ts';
import { evaluationJson } from '../evaluate/report/json.ts';
import { describeMachine, originOf } from '../evaluate/report/machine.ts';
import { ResultStore } from '../evaluate/store.ts';
import { lookForCompany } from './evaluate-company.ts';
import { EvaluationProgress, timeText } from './evaluate-progress.ts';
import { sectionText } from './evaluate-text.ts';
import { BadInput, complain, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';
import { table } from './table.ts';

export interface EvaluateFlags {
  readonly quick: boolean;
  readonly out?: string;
  readonly fresh: boolean;
  readonly repetitions?: string;
  readonly json: boolean;
}

export async function evaluateCommand(
  names: readonly string[],
  flags: EvaluateFlags,
): Promise<ExitCode> {
  const [first = '', ...rest] = names;
  if (first === 'list' || first === 'report') refuse(first, flags, ['fresh', 'repetitions']);
  if (first === 'list') {
    if (rest.length > 0) throw new BadInput('list stands alone', 'It always lists all.');
    refuse(first, flags, ['out', 'quick']);
    return list(flags);
  }
  const scale: Scale = flags.quick ? 'quick' : 'full';
  const store = flags.out === undefined ? usualStore(scale) : givenStore(flags.out);
  const other = await reportedScale(store);
  if (other !== undefined && other !== scale) {
    const words = `${nearPath(store.out)} has a report of the ${other} scale, which would be drawn over`;
    throw new BadInput(words, 'Give another --out.');
  }
  if (first === 'report') {
    const chosen = rest.length === 0 ? EXPERIMENTS : choose(rest);
    const records = await readTelling(store);
    return await show(chosen, { scale, records }, flags, store);
  }
  const experiments = choose(names);
  const repetitions = readRepetitions(flags.repetitions);
  requireRoot();
  const ended = await measure(experiments, { ...flags, scale, repetitions }, store);
  const { records } = await store.read();
  const shown = await show(experiments, { scale, records }, flags, store);
  return ended === EXIT.done ? shown : ended;
}

function list({ json }: EvaluateFlags): ExitCode {
  const minutes = (experiment: Experiment, scale: Scale): string =>
    timeText(planEvaluation([experiment], [], { scale, fresh: true }).estimate);
  if (json) {
    printJson(
      EXPERIMENTS.map(({ name, title, about, aliases = [] }) => ({ name, title, about, aliases })),
    );
    return EXIT.done;
  }
  const rows = EXPERIMENTS.map((experiment) => {
    const { name, about, aliases = [] } = experiment;
    const names = [name, ...aliases].join(', ');
    return [names, about, minutes(experiment, 'quick'), minutes(experiment, 'full')];
  });
  print(table(['experiment', 'what it shows', '--quick', 'full'], rows));
  return EXIT.done;
}

interface MeasureOptions {
  readonly scale: Scale;
  readonly fresh: boolean;
  readonly repetitions: number | undefined;
}

async function measure(
  experiments: readonly Experiment[],
  options: MeasureOptions,
  store: ResultStore,
): Promise<ExitCode> {
  const records = await readTelling(store);
  const planned = planEvaluation(experiments, records, options);
  const there = planned.wanted.length - planned.missing.length;
  complain(
    `${planned.missing.length} measurements, about ${timeText(planned.estimate)}` +
      (there === 0 ? '' : `; ${there} more are in ${store.out}`),
  );
  const here = await describeMachine();
  if (options.fresh) await store.setAside(planned.missing);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Once only would let a second Ctrl-C end the removal of a lab half-way.
    process.on(signal, () => {
      interrupt.abort(new Error(`interrupted (${signal})`));
    });
  }
  const company = await lookForCompany();
  if (company.words !== undefined) complain(company.words);
  const progress = new EvaluationProgress();
  const { interrupted, failed, notCleaned } = await evaluate(planned, records, store, {
    stop: interrupt.signal,
    show: (one) => {
      progress.show(one);
    },
    origin: originOf(here),
    // A run that measures nothing leaves what is told of earlier ones.
    begin: () => keepMachine(store, here),
  });
  await company.release();
  if (notCleaned !== undefined) complain(`the lab of a measurement is still there: ${notCleaned}`);
  if (interrupted)
    complain(
      `interrupted; the same command${options.fresh ? ' without --fresh' : ''} goes on from here`,
    );
  if (failed > 0)
    complain(
      `${failed} failed; the same command${options.fresh ? ' without --fresh' : ''} tries them again`,
    );
  return interrupted || failed > 0 ? EXIT.failed : EXIT.done;
}

/** Writes the report of all that is there, and prints what was chosen. */
async function show(
  chosen: readonly Experiment[],
  { scale, records }: Pick<WhatToReport, 'scale' | 'records'>,
  { json }: EvaluateFlags,
  store: ResultStore,
): Promise<ExitCode> {
  const isUsual = store.out === usualStore(scale).out;
  const whole = await readReport(store, {
    ...{ experiments: EXPERIMENTS, scale, records, asked: chosen },
    ...(isUsual ? {} : { out: nearPath(store.out) }),
  });
  const paths = await writeReport(whole, store);
  const sections = whole.sections.filter(({ experiment }) => chosen.includes(experiment));
  if (json) {
    printJson(evaluationJson({ ...whole, sections }, store.out));
    return EXIT.done;
  }
  for (const section of sections) print(sectionText(section));
  print(`The report: ${paths.html}\n            ${paths.markdown}`);
  return EXIT.done;
}

/** What cannot be read is told. */
async function readTelling(store: ResultStore): Promise<readonly MeasurementRecord[]> {
  const { records, complaints } = await store.read();
  for (const complaint of complaints) complain(complaint);
  return records;
}

/** Rather than that it is given in vain. */
function refuse(
  name: string,
  flags: EvaluateFlags,
  options: readonly (keyof EvaluateFlags)[],
): void {
  for (const option of options) {
    const given = flags[option];
    if (given === undefined || given === false) continue;
    throw new BadInput(`--${option} means nothing to ${name}`, 'Leave it out.');
  }
}

function givenStore(out: string): ResultStore {
  if (out === '') throw new BadInput('--out is empty', 'Give a directory.');
  const there = statSync(out, { throwIfNoEntry: false });
  if (there?.isDirectory() === false) {
    throw new BadInput(`--out ${out} is a file`, 'Give a directory.');
  }
  return new ResultStore(resolve(out));
}

function usualStore(scale: Scale): ResultStore {
  return new ResultStore(resolve(`out/evaluate-${scale}`));
}

/** As one would write it here. */
function nearPath(path: string): string {
  const near = relative('', path);
  return near.startsWith('..') ? path : near;
}

function choose(names: readonly string[]): readonly Experiment[] {
  const chosen = chooseExperiments(names, EXPERIMENTS);
  if (chosen.ok) return chosen.value;
  const { name, meant } = chosen.error;
  throw new BadInput(
    `there is no experiment ${name}`,
    meant === undefined ? 'See `wamptcp evaluate list`.' : `Did you mean ${meant}?`,
  );
}

function readRepetitions(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new BadInput(`--repetitions ${text} is not a number from 1 to 100`, 'Write 5.');
}
