/**
 * Reads a topology file and the site files it names.
 *
 * Always holds: every problem of every file comes back, each with the text it is in; nothing else of
 * the machine is looked at.
 */
import { dirname, join, relative, resolve } from 'node:path';

import { contradictions } from '../../config/contradictions.ts';
import { MAX_BYTES } from '../../config/read-yaml.ts';
import type { GivenSite } from '../../config/contradictions/placed-site.ts';
import { parseSite } from '../../config/parse.ts';
import { formatProblem } from '../../config/problem.ts';
import type { Problem, ProblemPainter } from '../../config/problem.ts';
import { Reporter, Source } from '../../config/source.ts';
import { err, ok } from '../../lib/result.ts';
import type { Result } from '../../lib/result.ts';
import type { Unreadable } from '../../system/text-file.ts';
import { readTextFile } from '../../system/text-file.ts';
import type { LabPlan } from '../plan.ts';
import { planLab } from './plan-lab.ts';
import { readTopology } from './read-topology.ts';
import type { Topology } from './topology.ts';

export interface LoadedTopology {
  readonly plan: LabPlan;
  readonly warnings: FileProblems;
}

export class FileProblems {
  readonly problems: readonly Problem[];
  readonly #texts: ReadonlyMap<string, string>;

  constructor(problems: readonly Problem[], texts: ReadonlyMap<string, string>) {
    this.problems = problems;
    this.#texts = texts;
  }

  format(paint?: ProblemPainter): string {
    return this.problems
      .map((problem) => formatProblem(problem, this.#texts.get(problem.file), paint))
      .join('\n');
  }
}

export async function loadTopology(
  path: string,
  name?: string,
): Promise<Result<LoadedTopology, FileProblems>> {
  const texts = new Map<string, string>();
  const file = await readTextFile(path, MAX_BYTES);
  if (!file.ok) return err(new FileProblems([unreadable(path, file.error)], texts));
  const text = file.value;
  texts.set(path, text);
  const report = new Reporter(new Source(path, text));
  const topology = readTopology(report);
  if (topology === undefined) return err(new FileProblems(report.problems(), texts));
  const read = await readSites(topology, path, report, texts);
  const plan = planLab(
    topology,
    {
      path: resolve(path),
      ...(name === undefined ? {} : { name }),
      sites: new Map([...read.sites].map(([key, { site }]) => [key, site])),
      files: new Map([...read.sites].map(([key, { file }]) => [key, resolve(file)])),
    },
    report,
  );
  const agreed = contradictions([...read.sites.values()]);
  const problems = new FileProblems([...read.problems, ...agreed, ...report.problems()], texts);
  return problems.problems.some(({ severity }) => severity === 'error')
    ? err(problems)
    : ok({ plan, warnings: problems });
}

interface ReadSites {
  readonly sites: ReadonlyMap<string, GivenSite>;
  readonly problems: readonly Problem[];
}

async function readSites(
  topology: Topology,
  path: string,
  report: Reporter,
  texts: Map<string, string>,
): Promise<ReadSites> {
  const sites = new Map<string, GivenSite>();
  const problems: Problem[] = [];
  for (const { name, file } of topology.sites) {
    const absolute = resolve(dirname(path), file.value);
    // As short as a person would write it from here.
    const shown = file.value.startsWith('/') ? absolute : join(dirname(path), file.value);
    const found = await readTextFile(absolute, MAX_BYTES);
    if (!found.ok) {
      report.error(
        file.span,
        `cannot read ${relative('.', absolute)}: ${found.error.message}`,
        `give the path of the site file, relative to this file; ${found.error.cure}`,
      );
      continue;
    }
    const text = found.value;
    texts.set(shown, text);
    const parsed = parseSite(text, shown);
    problems.push(...(parsed.ok ? parsed.value.warnings : parsed.error));
    if (!parsed.ok) continue;
    const { site } = parsed.value;
    if (site.site === name.value) sites.set(name.value, { site, file: shown, text });
    else {
      // Its peers know it by the name in its own file.
      report.error(
        name.span,
        `${shown} is the file of site \`${site.site}\`, not of \`${name.value}\``,
        `call it \`${site.site}\` here, too`,
      );
    }
  }
  return { sites, problems };
}

function unreadable(path: string, { message, cure, place }: Unreadable): Problem {
  const { line, column } = place ?? { line: 1, column: 1 };
  return {
    severity: 'error',
    file: path,
    line,
    column,
    length: 1,
    message: `cannot read the topology: ${message}`,
    cure: `${cure}; examples/lab has some topologies`,
  };
}
