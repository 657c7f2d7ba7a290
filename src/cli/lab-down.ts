/**
 * `wamptcp lab down`: removes a lab, named by its name or by its topology file.
 *
 * Always holds: whatever there is of it is removed, also of half a lab; a name of which there is
 * nothing at all is a mistake, unless the caller says otherwise.
 */
import { readFile } from 'node:fs/promises';

import { NAME } from '../config/values.ts';
import { labDown } from '../lab/lab.ts';
import { readTopology } from '../lab/topology/read-topology.ts';
import { Reporter, Source } from '../config/source.ts';
import { recordedLabs } from '../lab/record.ts';
import { chooseLab, noSuchLab } from './lab-choice.ts';
import { BadInput, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export interface LabDownFlags {
  readonly json: boolean;
  /** Where there is none, that is what was wanted. */
  readonly ifThere: boolean;
}

export async function labDownCommand(
  given: string | undefined,
  options: LabDownFlags,
): Promise<ExitCode> {
  requireRoot();
  const name = await nameOf(given);
  const { existed, ...removed } = await labDown(name);
  if (!existed && !options.ifThere) throw noSuchLab(name, await recordedLabs());
  const { namespaces, processes } = removed;
  if (options.json) printJson({ lab: name, ...removed });
  else if (!existed) print(`There is no lab ${name}.`);
  else {
    print(`Lab ${name} is down: ${namespaces} namespaces removed, ${processes} processes ended.`);
  }
  return EXIT.done;
}

async function nameOf(given: string | undefined): Promise<string> {
  const word = given ?? process.env['WAMPTCP_LAB'] ?? '';
  if (word === '') return chooseLab(undefined);
  if (NAME.read(word, word).ok) return word;
  const text = await readFile(word, 'utf8').catch(() => undefined);
  const report = text === undefined ? undefined : new Reporter(new Source(word, text));
  const name = report === undefined ? undefined : readTopology(report)?.lab.value;
  if (name !== undefined) return name;
  const [problem] = report?.problems() ?? [];
  throw new BadInput(
    `${word} is neither the name of a lab nor a topology file` +
      (problem === undefined ? '' : `: ${problem.message}`),
    '`wamptcp lab status` lists the labs.',
  );
}
