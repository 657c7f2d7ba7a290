/** `wamptcp lab down`: removes a lab, named by its name or by its topology file. */
import { readFile } from 'node:fs/promises';

import { NAME } from '../config/values.ts';
import { labDown } from '../lab/lab.ts';
import { readTopology } from '../lab/topology/read-topology.ts';
import { Reporter, Source } from '../config/source.ts';
import { chooseLab } from './lab-choice.ts';
import { BadInput, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labDownCommand(
  given: string | undefined,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  requireRoot();
  const name = await nameOf(given);
  const removed = await labDown(name);
  if (options.json) printJson({ lab: name, ...removed });
  else if (removed.namespaces === 0) print(`Nothing of lab ${name} is left.`);
  else {
    const { namespaces, processes } = removed;
    print(`Lab ${name} is down: ${namespaces} namespaces removed, ${processes} processes ended.`);
  }
  return EXIT.done;
}

async function nameOf(given: string | undefined): Promise<string> {
  if (given === undefined) return chooseLab(undefined);
  if (NAME.read(given, given).ok) return given;
  const text = await readFile(given, 'utf8').catch(() => undefined);
  const report = text === undefined ? undefined : new Reporter(new Source(given, text));
  const name = report === undefined ? undefined : readTopology(report)?.lab.value;
  if (name !== undefined) return name;
  throw new BadInput(
    `${given} is neither the name of a lab nor a topology file`,
    '`wamptcp lab status` lists the labs.',
  );
}
